/* Corrections of a modelled Wurlitzer electric piano: written by `wurli-train export --c`.
 *
 * The figures derive from the recordings that the weights were trained on; their licence applies.
 * Needs a C99 or C++ compiler with IEEE floats. Do not compile with -ffast-math. Where the processor
 * fuses products and sums, -ffp-contract=off gives the bits of the Rust function. */
#ifndef WURLI_CORRECTIONS_H
#define WURLI_CORRECTIONS_H

#include <stdint.h>

/* Corrections of harmonics 2 to 8. */
typedef struct wurli_corrections {
    float amp_offsets_db[7];     /* dB; positive: the model is too quiet */
    float freq_offsets_cents[7]; /* cents; positive: the model is flat */
    float decay_ratios[7];       /* divide the decay rate by it */
    float displacement_scale;    /* multiplies the displacement of the reed in the pickup */
} wurli_corrections;

@TABLES@
/* The other operand where one is not a number. */
static inline float wurli_max(float a, float b) { return a > b ? a : b; }
static inline float wurli_min(float a, float b) { return a < b ? a : b; }

/* Returns the corrections of a MIDI key at a velocity of 0 to 1. Defined for every argument;
 * neither allocates nor calls a library. */
static inline wurli_corrections wurli_compute_corrections(uint8_t midi, float velocity) {
    const int key = midi < @LOWEST_MIDI@ ? @LOWEST_MIDI@ : midi > @HIGHEST_MIDI@ ? @HIGHEST_MIDI@ : midi;
    const int beyond = midi < key ? key - midi : midi - key;
    const float key_offset = (float)(key - @MIDDLE@);
    const float velocity_offset =
        wurli_min(wurli_max(velocity, @LOWEST_VELOCITY@), @HIGHEST_VELOCITY@) - @MIDDLE_VELOCITY@;
    const float position = wurli_min(wurli_max(velocity, 0.0f), 1.0f) * @CELLS@.0f;
    const int cell = position < @CELLS@.0f - 1.0f ? (int)position : @CELLS@ - 1;
    const uint8_t *row = wurli_coverage[key - @LOWEST_MIDI@];
    const float softer = (float)row[cell];
    const float difference = ((float)row[cell + 1] - softer) * (position - (float)cell);
    const float coverage = softer + difference;
    const float tuning_coverage = wurli_max(coverage, (float)wurli_tuning_coverage[key - @LOWEST_MIDI@]);
    const float left = (float)beyond * @FADE_STEP@;
    const float fade = wurli_max(1.0f - left, 0.0f);
    const float share = fade * (coverage * @SHARE_STEP@);
    const float tuning_share = fade * (tuning_coverage * @SHARE_STEP@);

    float first[@HIDDEN@], second[@HIDDEN@], outputs[@OUTPUTS@];
    wurli_corrections corrections;
    int i, j;
    for (j = 0; j < @HIDDEN@; j++) {
        const float by_key = wurli_first[0][j] * key_offset;
        const float by_velocity = wurli_first[1][j] * velocity_offset;
        first[j] = wurli_max((wurli_first_bias[j] + by_key) + by_velocity, 0.0f);
    }
    for (j = 0; j < @HIDDEN@; j++) {
        float even = wurli_second_bias[j] + wurli_second[0][j] * first[0];
        float odd = wurli_second[1][j] * first[1];
        for (i = 2; i < @HIDDEN@; i += 2) {
            even += wurli_second[i][j] * first[i];
            odd += wurli_second[i + 1][j] * first[i + 1];
        }
        second[j] = wurli_max(even + odd, 0.0f);
    }
    for (j = 0; j < @OUTPUTS@; j++) {
        float even = wurli_third_bias[j] + wurli_third[0][j] * second[0];
        float odd = wurli_third[1][j] * second[1];
        float sum;
        for (i = 2; i < @HIDDEN@; i += 2) {
            even += wurli_third[i][j] * second[i];
            odd += wurli_third[i + 1][j] * second[i + 1];
        }
        sum = wurli_min(wurli_max(even + odd, wurli_lowest[j]), wurli_highest[j]);
        outputs[j] = wurli_identity[j] + (j < @FIRST_FREQUENCY@ ? share : tuning_share) * sum;
    }
    for (j = 0; j < 7; j++) {
        corrections.amp_offsets_db[j] = outputs[j];
        corrections.freq_offsets_cents[j] = outputs[@FIRST_FREQUENCY@ + j];
        corrections.decay_ratios[j] = outputs[@DECAYS@ + j];
    }
    corrections.displacement_scale = outputs[@DISPLACEMENT@];
    return corrections;
}

#endif
