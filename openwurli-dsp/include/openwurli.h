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
 * Number of outputs of the network: 7 levels, 7 frequencies, 7 decays, 1 displacement.
 */
#define OPENWURLI_OUTPUTS 22

/**
 * Event: strikes key `number` at `value` (MIDI velocity / 127).
 */
#define OPENWURLI_NOTE_ON 0

/**
 * Event: releases key `number` at `value` (MIDI release velocity / 127, 0 if unknown).
 */
#define OPENWURLI_NOTE_OFF 1

/**
 * Event: moves controller `number` to `value` (MIDI value / 127).
 */
#define OPENWURLI_CONTROLLER 2

/**
 * Event: bends all notes of the channel by `value` (-1..=1) times its bend range.
 */
#define OPENWURLI_PITCH_BEND 3

/**
 * Event: bends the note of key `number` by `value` cents in addition.
 */
#define OPENWURLI_NOTE_BEND 4

/**
 * Channel mode: each channel has its own keys, pedals and bend.
 */
#define OPENWURLI_SEPARATE 0

/**
 * Channel mode: all events belong to one keyboard, as in a plugin.
 */
#define OPENWURLI_OMNI 1

/**
 * Channel mode: MIDI polyphonic expression, lower zone.
 */
#define OPENWURLI_MPE 2

/**
 * Most voices of an instrument.
 */
#define OPENWURLI_MAX_VOICES 128

/**
 * Polyphonic instrument, created by `openwurli_polyphony_create`.
 */
typedef struct OpenwurliPolyphony OpenwurliPolyphony;

/**
 * Tremolo of the 200A, created by `openwurli_tremolo_create`.
 */
typedef struct OpenwurliTremolo OpenwurliTremolo;

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

/**
 * Training metadata of the corrections.
 */
typedef struct OpenwurliTraining {
  /**
   * Random seed.
   */
  uint64_t seed;
  /**
   * Number of epochs.
   */
  uint32_t epochs;
  /**
   * Final loss.
   */
  float loss;
  /**
   * Content hash of the recordings and the settings.
   */
  uint8_t key[32];
  /**
   * Observed outputs, in the order of `OpenwurliCorrections`. The others are the identity.
   */
  bool observed[OPENWURLI_OUTPUTS];
  /**
   * Lowest trained note, MIDI.
   */
  uint8_t lowest_midi;
  /**
   * Highest trained note, MIDI.
   */
  uint8_t highest_midi;
  /**
   * Lowest trained velocity, 1..=127.
   */
  uint8_t lowest_velocity;
  /**
   * Highest trained velocity, 1..=127.
   */
  uint8_t highest_velocity;
  /**
   * Number of notes it was trained on.
   */
  uint32_t notes;
  /**
   * Mean absolute error of their levels H2-H8, uncorrected and corrected, dB.
   */
  float level_db[2];
  /**
   * Mean absolute error of their frequencies H1-H8, uncorrected and corrected, cents.
   */
  float frequency_cents[2];
  /**
   * Mean absolute error of their decays H1-H8, uncorrected and corrected, octaves.
   */
  float decay_log2[2];
} OpenwurliTraining;

/**
 * Event at a sample of a block.
 */
typedef struct OpenwurliEvent {
  /**
   * Samples from the start of the block.
   */
  size_t offset;
  /**
   * One of the events above, from `OPENWURLI_NOTE_ON` on. Others are ignored.
   */
  uint8_t kind;
  /**
   * MIDI channel, 0..=15.
   */
  uint8_t channel;
  /**
   * Key or controller.
   */
  uint8_t number;
  /**
   * Depends on `kind`.
   */
  float value;
} OpenwurliEvent;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Returns the corrections of key `midi` at `velocity` (0..=1, MIDI velocity / 127).
 *
 * Defined for every argument. Where no note was recorded nearby, in key and velocity, the
 * corrections fade to the identity; half of a recorded key's frequency corrections is applied at
 * every velocity. NaN counts as velocity 0. Beyond the trained keys the corrections fade to 0 dB,
 * 0 cents, ratio 1, scale 1 within an octave.
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
 * Creates a silent voice. Returns null if out of memory (about 9 kB).
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

/**
 * Returns the training metadata of the corrections.
 *
 * Any thread. Does not allocate.
 */
struct OpenwurliTraining openwurli_training(void);

/**
 * Creates a silent instrument of the trained corrections. Returns null if out of memory (about 9
 * kB per voice, and 17 kB).
 *
 * `sample_rate_hz` is clamped to 8,000..=768,000, and NaN becomes 44,100. `voices` is clamped to
 * 1..=128. Destroy it with `openwurli_polyphony_destroy`.
 *
 * Any thread but the audio thread, because it allocates. An instrument may move between threads,
 * but only one may use it at a time.
 */
struct OpenwurliPolyphony *openwurli_polyphony_create(float sample_rate_hz, size_t voices);

/**
 * Destroys an instrument and frees its memory. Does nothing if it is null.
 *
 * Any thread but the audio thread, because it deallocates.
 *
 * # Safety
 *
 * `polyphony` comes from `openwurli_polyphony_create` and is not used afterwards.
 */
void openwurli_polyphony_destroy(struct OpenwurliPolyphony *polyphony);

/**
 * Handles a MIDI channel message of `count` bytes before the next sample.
 *
 * Handled are notes, pitch bend, and controllers 64 (sustain, with half pedal), 66 (sostenuto),
 * 120, 121, 123 to 127, and the bend range by registered parameter 0. Other messages are ignored.
 * Does nothing if a pointer is null.
 *
 * One thread at a time, including the audio thread. Does not allocate.
 *
 * # Safety
 *
 * `polyphony` is null or a live instrument that no other thread uses during the call. `message` is
 * null or has `count` bytes.
 */
void openwurli_polyphony_handle_message(struct OpenwurliPolyphony *polyphony, const uint8_t *message, size_t count);

/**
 * Writes the next `count` mono samples. Full scale is 1, and several loud notes exceed it.
 *
 * Writes zeros if the instrument is null. Does nothing if `samples` is null. Block lengths do not
 * affect the samples.
 *
 * One thread at a time, including the audio thread. Does not allocate.
 *
 * # Safety
 *
 * `polyphony` is null or a live instrument that no other thread uses during the call. `samples` is
 * null or has room for `count` samples, which may be uninitialised.
 */
void openwurli_polyphony_render(struct OpenwurliPolyphony *polyphony, float *samples, size_t count);

/**
 * Adds the next `count` mono samples to `samples`. Does nothing if a pointer is null.
 *
 * One thread at a time, including the audio thread. Does not allocate.
 *
 * # Safety
 *
 * `polyphony` is null or a live instrument that no other thread uses during the call. `samples` is
 * null or has `count` samples.
 */
void openwurli_polyphony_render_add(struct OpenwurliPolyphony *polyphony, float *samples, size_t count);

/**
 * Writes the next `count` mono samples and handles `event_count` events at their samples.
 *
 * Offsets rise. An event before its predecessor acts with it, one beyond the block at its end.
 * With a `count` of 0 all act at once. Null `events` are none. Null `samples` count as a `count`
 * of 0. Writes zeros if the instrument is null.
 *
 * One thread at a time, including the audio thread. Does not allocate.
 *
 * # Safety
 *
 * `polyphony` is null or a live instrument that no other thread uses during the call. `events` is
 * null or has `event_count` events. `samples` is null or has room for `count` samples, which may
 * be uninitialised.
 */
void openwurli_polyphony_render_events(struct OpenwurliPolyphony *polyphony,
                                       const struct OpenwurliEvent *events,
                                       size_t event_count,
                                       float *samples,
                                       size_t count);

/**
 * Silences all voices at once, releases keys and pedals and centres bends. Settings stay. Does
 * nothing if the instrument is null.
 *
 * One thread at a time, including the audio thread. Does not allocate.
 *
 * # Safety
 *
 * `polyphony` is null or a live instrument that no other thread uses during the call.
 */
void openwurli_polyphony_reset(struct OpenwurliPolyphony *polyphony);

/**
 * Sets the sample rate, Hz, clamped to 8,000..=768,000, and resets the instrument. Does nothing if
 * it is null.
 *
 * One thread at a time, including the audio thread. Does not allocate.
 *
 * # Safety
 *
 * `polyphony` is null or a live instrument that no other thread uses during the call.
 */
void openwurli_polyphony_set_sample_rate(struct OpenwurliPolyphony *polyphony, float sample_rate_hz);

/**
 * Sets the output gain, a factor of 1 after creation, clamped to 0..=4 (12 dB). NaN counts as 1.
 * It changes within 20 ms while notes sound, else at once. 0.2 leaves headroom for ten loud notes.
 * Does nothing if the instrument is null.
 *
 * One thread at a time, including the audio thread. Does not allocate.
 *
 * # Safety
 *
 * `polyphony` is null or a live instrument that no other thread uses during the call.
 */
void openwurli_polyphony_set_gain(struct OpenwurliPolyphony *polyphony, float gain);

/**
 * Sets the meaning of the channels, `OPENWURLI_SEPARATE` after creation, and resets the
 * instrument. Does nothing if it is null or the mode unknown.
 *
 * One thread at a time, including the audio thread. Does not allocate.
 *
 * # Safety
 *
 * `polyphony` is null or a live instrument that no other thread uses during the call.
 */
void openwurli_polyphony_set_channel_mode(struct OpenwurliPolyphony *polyphony, uint8_t mode);

/**
 * Sets the bend range of all channels, semitones, clamped to 0..=48. 2 after creation. In MPE it
 * is that of the member channels, 48 by default. Does nothing if the instrument is null.
 *
 * One thread at a time, including the audio thread. Does not allocate.
 *
 * # Safety
 *
 * `polyphony` is null or a live instrument that no other thread uses during the call.
 */
void openwurli_polyphony_set_bend_range(struct OpenwurliPolyphony *polyphony, float semitones);

/**
 * Sets the sustain pedal positions (0..=1) at which dampers begin to rise and at which they are
 * off the reeds. 32/127 and 95/127 after creation. Equal positions make it a switch. Does nothing
 * if the instrument is null.
 *
 * One thread at a time, including the audio thread. Does not allocate.
 *
 * # Safety
 *
 * `polyphony` is null or a live instrument that no other thread uses during the call.
 */
void openwurli_polyphony_set_pedal_range(struct OpenwurliPolyphony *polyphony, float down, float up);

/**
 * Sets the force of fallen dampers relative to the standard, clamped to 0.1..=10. NaN counts as 1.
 * Notes are released as many times faster. Does nothing if the instrument is null.
 *
 * One thread at a time, including the audio thread. Does not allocate.
 *
 * # Safety
 *
 * `polyphony` is null or a live instrument that no other thread uses during the call.
 */
void openwurli_polyphony_set_damper_force(struct OpenwurliPolyphony *polyphony, float force);

/**
 * Sets the tuning of A4, Hz, 440 after creation. Does nothing if the instrument is null.
 *
 * One thread at a time, including the audio thread. Does not allocate.
 *
 * # Safety
 *
 * `polyphony` is null or a live instrument that no other thread uses during the call.
 */
void openwurli_polyphony_set_a4(struct OpenwurliPolyphony *polyphony, double a4_hz);

/**
 * Sets the frequencies of the 128 MIDI notes at A4 = 440 Hz, Hz. Does nothing if a pointer is
 * null.
 *
 * One thread at a time, including the audio thread. Does not allocate.
 *
 * # Safety
 *
 * `polyphony` is null or a live instrument that no other thread uses during the call.
 * `frequencies_hz` is null or has 128 elements.
 */
void openwurli_polyphony_set_tuning(struct OpenwurliPolyphony *polyphony, const double *frequencies_hz);

/**
 * Returns true while any voice sounds or fades, false if the instrument is null.
 *
 * One thread at a time, including the audio thread. Does not allocate.
 *
 * # Safety
 *
 * `polyphony` is null or a live instrument that no other thread modifies during the call.
 */
bool openwurli_polyphony_is_active(const struct OpenwurliPolyphony *polyphony);

/**
 * Creates a tremolo of depth 0 and rate 5.5 Hz. Returns null if out of memory.
 *
 * `sample_rate_hz` is clamped to 8,000..=768,000. Any thread but the audio thread, because it
 * allocates.
 */
struct OpenwurliTremolo *openwurli_tremolo_create(float sample_rate_hz);

/**
 * Destroys a tremolo and frees its memory. Does nothing if it is null.
 *
 * Any thread but the audio thread, because it deallocates.
 *
 * # Safety
 *
 * `tremolo` comes from `openwurli_tremolo_create` and is not used afterwards.
 */
void openwurli_tremolo_destroy(struct OpenwurliTremolo *tremolo);

/**
 * Sets depth (dB from the lowest to the highest level, 0..=24; a 200A has up to about 7) and rate
 * (Hz, 0.1..=20; a 200A has 5.5). Does nothing if the tremolo is null.
 *
 * One thread at a time, including the audio thread. Does not allocate.
 *
 * # Safety
 *
 * `tremolo` is null or a live tremolo that no other thread uses during the call.
 */
void openwurli_tremolo_set(struct OpenwurliTremolo *tremolo, float depth_db, float rate_hz);

/**
 * Raises `count` samples by 0 dB to the depth, periodically. Does nothing if a pointer is null.
 *
 * One thread at a time, including the audio thread. Does not allocate.
 *
 * # Safety
 *
 * `tremolo` is null or a live tremolo that no other thread uses during the call. `samples` is null
 * or has `count` samples.
 */
void openwurli_tremolo_process(struct OpenwurliTremolo *tremolo, float *samples, size_t count);

/**
 * Writes `count` samples of `mono` to two channels that the tremolo raises in turn. Does nothing
 * if a pointer is null.
 *
 * One thread at a time, including the audio thread. Does not allocate.
 *
 * # Safety
 *
 * `tremolo` is null or a live tremolo that no other thread uses during the call. The arrays are
 * null or have `count` samples, and do not overlap.
 */
void openwurli_tremolo_process_stereo(struct OpenwurliTremolo *tremolo,
                                      const float *mono,
                                      float *left,
                                      float *right,
                                      size_t count);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* OPENWURLI_H */
