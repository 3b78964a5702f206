/* Physical model of the Wurlitzer electric piano, and corrections per key and velocity.
 *
 * No function blocks, keeps global state or throws. Generated from src/capi.rs by cbindgen. Do not edit. */

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
 * Monophonic voice of the reference model, created by `openwurli_voice_create`.
 */
typedef struct OpenwurliVoice OpenwurliVoice;

/**
 * Corrections of one note relative to the model. Index 0 is H2, index 6 is H8.
 */
typedef struct OpenwurliCorrections {
  /**
   * Level offsets, dB relative to H1, -40..=40. Positive where the model is too quiet.
   */
  float amp_offsets_db[OPENWURLI_CORRECTED_HARMONICS];
  /**
   * Frequency offsets, cents, -100..=100. Positive where the model is flat. H2 also gives the
   * tuning of the reed, and thereby of H1.
   */
  float freq_offsets_cents[OPENWURLI_CORRECTED_HARMONICS];
  /**
   * Decay ratios, 0.3..=3, by which to divide the decay rate. Above 1 where the model decays too
   * fast. H2 also gives the ratio of the reed, and thereby of H1.
   */
  float decay_ratios[OPENWURLI_CORRECTED_HARMONICS];
  /**
   * Factor on the displacement of the reed's tip in the pickup, 0.5..=2.5.
   */
  float displacement_scale;
} OpenwurliCorrections;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Returns the corrections of key `midi` at `velocity` (0..=1, MIDI velocity / 127).
 *
 * Defined for every argument. Velocities are clamped to the trained range, NaN to its lower end.
 * Beyond the trained keys the corrections fade to 0 dB, 0 cents, ratio 1, scale 1 within an
 * octave.
 *
 * Call it once per note-on, on any thread including the audio thread. It takes tens of nanoseconds
 * and does not allocate.
 */
struct OpenwurliCorrections openwurli_compute_corrections(uint8_t midi, float velocity);

/**
 * Computes the corrections of `count` notes, `corrections[i]` from `midi[i]` and `velocities[i]`.
 *
 * Does nothing if an array is null. Any thread. Does not allocate. Takes the time of `count`
 * single calls.
 *
 * # Safety
 *
 * Each array has `count` elements. `corrections` may be uninitialised and overlaps no other array.
 */
void openwurli_compute_corrections_batch(const uint8_t *midi,
                                         const float *velocities,
                                         struct OpenwurliCorrections *corrections,
                                         size_t count);

/**
 * Creates a silent voice. Returns null if out of memory (about 7 kB).
 *
 * `sample_rate_hz` is clamped to 8,000..=768,000, and NaN becomes 44,100. Destroy the voice with
 * `openwurli_voice_destroy`.
 *
 * Any thread but the audio thread, because it allocates. A voice may move between threads, but
 * only one may use it at a time. Voices are independent of each other.
 */
struct OpenwurliVoice *openwurli_voice_create(float sample_rate_hz);

/**
 * Destroys a voice and frees its memory. Does nothing if it is null.
 *
 * Any thread but the audio thread, because it deallocates.
 *
 * # Safety
 *
 * `voice` comes from `openwurli_voice_create` and is not used afterwards.
 */
void openwurli_voice_destroy(struct OpenwurliVoice *voice);

/**
 * Strikes a key. A sounding note is cut off. Does nothing if the voice is null.
 *
 * `midi` is clamped to 21..=108, `velocity` to 1/127..=1 and the corrections to their bounds. Null
 * corrections are the identity.
 *
 * One thread at a time, including the audio thread. Does not allocate.
 *
 * # Safety
 *
 * `voice` is null or a live voice that no other thread uses during the call. `corrections` is null
 * or readable.
 */
void openwurli_voice_note_on(struct OpenwurliVoice *voice,
                             uint8_t midi,
                             float velocity,
                             const struct OpenwurliCorrections *corrections);

/**
 * Releases the key, so that the damper falls. Does nothing if the voice is null, silent or
 * released.
 *
 * One thread at a time, including the audio thread. Does not allocate.
 *
 * # Safety
 *
 * `voice` is null or a live voice that no other thread uses during the call.
 */
void openwurli_voice_note_off(struct OpenwurliVoice *voice);

/**
 * Writes the next `count` mono samples. Full scale is 1.
 *
 * Writes zeros if the voice is null or silent. Does nothing if `samples` is null. Block lengths do
 * not affect the samples.
 *
 * One thread at a time, including the audio thread. Does not allocate.
 *
 * # Safety
 *
 * `voice` is null or a live voice that no other thread uses during the call. `samples` is null or
 * has room for `count` samples, which may be uninitialised.
 */
void openwurli_voice_render(struct OpenwurliVoice *voice, float *samples, size_t count);

/**
 * Resets a voice to its state after creation, silent at once. Does nothing if it is null.
 *
 * One thread at a time, including the audio thread. Does not allocate.
 *
 * # Safety
 *
 * `voice` is null or a live voice that no other thread uses during the call.
 */
void openwurli_voice_reset(struct OpenwurliVoice *voice);

/**
 * Returns true until the note has decayed to silence (-100 dB), false if the voice is null.
 *
 * One thread at a time, including the audio thread. Does not allocate.
 *
 * # Safety
 *
 * `voice` is null or a live voice that no other thread modifies during the call.
 */
bool openwurli_voice_is_active(const struct OpenwurliVoice *voice);

/**
 * Returns the library's version, `major.minor.patch`, as a static string.
 *
 * Any thread. Does not allocate.
 */
const char *openwurli_version(void);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* OPENWURLI_H */
