/* How far a physical model of the Wurlitzer electric piano is from the real instrument, per key and velocity; and the model.
 *
 * No function blocks, keeps global state or throws. Made of src/capi.rs by cbindgen: not edited by hand. */

#ifndef OPENWURLI_H
#define OPENWURLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Number of harmonics that carry corrections: H2 to H8.
 */
#define OPENWURLI_CORRECTED_HARMONICS 7

/**
 * One voice of the reference model, monophonic: see `openwurli_voice_create`.
 */
typedef struct OpenwurliVoice OpenwurliVoice;

/**
 * How far the model is from the instrument on one key at one velocity. Index 0 is H2, index 6 is H8.
 */
typedef struct OpenwurliCorrections {
  /**
   * Level offsets, dB relative to H1, -40..=40; positive where the model is too quiet.
   */
  float amp_offsets_db[OPENWURLI_CORRECTED_HARMONICS];
  /**
   * Frequency offsets, cents, -100..=100; positive where the model is flat. That of H2 is the tuning of the reed, and thereby
   * of H1.
   */
  float freq_offsets_cents[OPENWURLI_CORRECTED_HARMONICS];
  /**
   * Decay ratios, 0.3..=3; above 1 where the model decays too fast. Divide the decay rate by it. That of H2 is the reed's, and
   * thereby that of H1.
   */
  float decay_ratios[OPENWURLI_CORRECTED_HARMONICS];
  /**
   * Multiplies the displacement of the reed's tip in the pickup, 0.5..=2.5.
   */
  float displacement_scale;
} OpenwurliCorrections;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * How far the model is from the instrument on key `midi` at `velocity` (0..=1, MIDI velocity / 127).
 *
 * Defined for every argument: a velocity outside the trained range counts as the range's nearest end, NaN as its lower one; beyond
 * the trained keys the corrections fade to 0 dB, 0 cents, ratio 1, scale 1 within an octave.
 *
 * Call it once per note-on, from any thread, the audio thread included: tens of nanoseconds, no allocation.
 */
struct OpenwurliCorrections openwurli_compute_corrections(uint8_t midi,
                                                          float velocity);

/**
 * The corrections of `count` notes: `corrections[i]` becomes that of key `midi[i]` at `velocities[i]`. Does nothing if one of the
 * arrays is null.
 *
 * Any thread, no allocation; the time is that of `count` single calls.
 *
 * # Safety
 *
 * Each array holds `count` elements, and `corrections` overlaps neither of the others. It need not be initialised.
 */
void openwurli_compute_corrections_batch(const uint8_t *midi,
                                         const float *velocities,
                                         struct OpenwurliCorrections *corrections,
                                         size_t count);

/**
 * A silent voice at `sample_rate_hz` (8,000 to 768,000; others are held at these bounds, NaN is 44,100). To be destroyed with
 * `openwurli_voice_destroy`. Null if there is no memory for it: about seven kilobytes.
 *
 * Any thread but the audio thread: allocates. A voice may be handed from thread to thread, but not be used by two at the same time;
 * different voices have nothing to do with one another.
 */
struct OpenwurliVoice *openwurli_voice_create(float sample_rate_hz);

/**
 * Ends a voice's life and frees its memory. Does nothing if it is null.
 *
 * Any thread but the audio thread: frees.
 *
 * # Safety
 *
 * `voice` comes from `openwurli_voice_create` and is not used afterwards.
 */
void openwurli_voice_destroy(struct OpenwurliVoice *voice);

/**
 * Strikes a key. `midi` is held in 21..=108, `velocity` in 1/127..=1, the corrections inside their bounds. What sounded before is
 * cut off. Null corrections change nothing: the plain model sounds. Does nothing if the voice is null.
 *
 * Any thread, one at a time, the audio thread included; no allocation.
 *
 * # Safety
 *
 * `voice` is null or a living voice that no other thread uses at the same time; `corrections` is null or readable during the call.
 */
void openwurli_voice_note_on(struct OpenwurliVoice *voice,
                             uint8_t midi,
                             float velocity,
                             const struct OpenwurliCorrections *corrections);

/**
 * Lets the key go: the damper falls on the reed. Does nothing if the voice is null, or silent, or let go already.
 *
 * Any thread, one at a time, the audio thread included; no allocation.
 *
 * # Safety
 *
 * `voice` is null or a living voice that no other thread uses at the same time.
 */
void openwurli_voice_note_off(struct OpenwurliVoice *voice);

/**
 * Writes the next `count` samples over `samples`, one channel, full scale is 1; zeros if the voice is null or silent. Blocks may be
 * of any length, and their lengths do not change a sample. Does nothing if `samples` is null.
 *
 * Any thread, one at a time, the audio thread included; no allocation.
 *
 * # Safety
 *
 * `voice` is null or a living voice that no other thread uses at the same time; `samples` is null or has room for `count` samples.
 * They need not be initialised.
 */
void openwurli_voice_render(struct OpenwurliVoice *voice,
                            float *samples,
                            size_t count);

/**
 * Silences a voice at once, as if it had just been created. Does nothing if it is null.
 *
 * Any thread, one at a time, the audio thread included; no allocation.
 *
 * # Safety
 *
 * `voice` is null or a living voice that no other thread uses at the same time.
 */
void openwurli_voice_reset(struct OpenwurliVoice *voice);

/**
 * Whether the voice still sounds; false if it is null. A note ends by itself, at -100 dB.
 *
 * Any thread, one at a time, the audio thread included; no allocation.
 *
 * # Safety
 *
 * `voice` is null or a living voice that no other thread changes at the same time.
 */
bool openwurli_voice_is_active(const struct OpenwurliVoice *voice);

/**
 * The library's version, `major.minor.patch`, as a string that lives as long as the program.
 *
 * Any thread; no allocation.
 */
const char *openwurli_version(void);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* OPENWURLI_H */
