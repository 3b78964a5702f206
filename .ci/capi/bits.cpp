// Prints the bits of corrections, samples and training metadata of the installed library. `src/main.rs` prints those of
// the Rust functions.
// Each correction is asked for by value and as one of an array, samples are rendered in blocks of changing length:
// neither may show.

#include <openwurli.h>

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <type_traits>
#include <vector>

static_assert(std::is_standard_layout_v<OpenwurliCorrections> && std::is_trivially_copyable_v<OpenwurliCorrections>);
static_assert(sizeof(OpenwurliCorrections) == (3 * OPENWURLI_CORRECTED_HARMONICS + 1) * sizeof(float));

namespace {

constexpr std::size_t held = 6000;
constexpr std::size_t released = 3000;

struct Destroy {
    void operator()(OpenwurliVoice *voice) const { openwurli_voice_destroy(voice); }
};
using Voice = std::unique_ptr<OpenwurliVoice, Destroy>;

void require(bool holds, const char *what) {
    if (!holds) {
        std::fprintf(stderr, "%s\n", what);
        std::exit(1);
    }
}

std::uint32_t bits(float value) {
    std::uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    return bits;
}

void print_corrections() {
    std::vector<float> velocities;
    for (int velocity = 0; velocity <= 127; ++velocity) velocities.push_back(static_cast<float>(velocity) / 127.0f);
    constexpr float infinity = std::numeric_limits<float>::infinity();
    for (float velocity : {std::numeric_limits<float>::quiet_NaN(), -infinity, infinity, -0.5f, 1.5f})
        velocities.push_back(velocity);
    std::vector<OpenwurliCorrections> batch(velocities.size());
    for (int midi = 0; midi <= 255; ++midi) {
        const auto key = static_cast<std::uint8_t>(midi);
        const std::vector<std::uint8_t> keys(velocities.size(), key);
        openwurli_compute_corrections_batch(keys.data(), velocities.data(), batch.data(), batch.size());
        for (std::size_t i = 0; i < velocities.size(); ++i) {
            const OpenwurliCorrections c = openwurli_compute_corrections(key, velocities[i]);
            require(std::memcmp(&c, &batch[i], sizeof c) == 0, "one of an array is not what it is alone");
            std::printf("corrections %d", midi);
            for (float value : c.amp_offsets_db) std::printf(" %08" PRIx32, bits(value));
            for (float value : c.freq_offsets_cents) std::printf(" %08" PRIx32, bits(value));
            for (float value : c.decay_ratios) std::printf(" %08" PRIx32, bits(value));
            std::printf(" %08" PRIx32 "\n", bits(c.displacement_scale));
        }
    }
}

void render(OpenwurliVoice *voice, float *samples, std::size_t count) {
    constexpr std::size_t blocks[] = {64, 1, 63, 0, 65, 480, 7};
    for (std::size_t i = 0, done = 0; done < count; ++i) {
        const std::size_t wanted = blocks[i % (sizeof blocks / sizeof *blocks)];
        const std::size_t block = wanted < count - done ? wanted : count - done;
        openwurli_voice_render(voice, samples + done, block);
        done += block;
    }
}

void print_samples() {
    for (float sample_rate : {44100.0f, 48000.0f, 96000.0f}) {
        for (int midi = 21; midi <= 108; midi += 12) {
            for (bool corrected : {true, false}) {
                const auto key = static_cast<std::uint8_t>(midi);
                const OpenwurliCorrections corrections = openwurli_compute_corrections(key, 0.7f);
                const Voice voice(openwurli_voice_create(sample_rate));
                require(voice != nullptr && !openwurli_voice_is_active(voice.get()), "a new voice is silent");
                openwurli_voice_note_on(voice.get(), key, 0.7f, corrected ? &corrections : nullptr);
                require(openwurli_voice_is_active(voice.get()), "a struck voice sounds");
                std::vector<float> samples(held + released);
                render(voice.get(), samples.data(), held);
                openwurli_voice_note_off(voice.get());
                render(voice.get(), samples.data() + held, released);
                std::printf("note %d active %d\n", midi, openwurli_voice_is_active(voice.get()) ? 1 : 0);
                for (float sample : samples) std::printf("%08" PRIx32 "\n", bits(sample));
                openwurli_voice_reset(voice.get());
                require(!openwurli_voice_is_active(voice.get()), "a voice that was reset is silent");
            }
        }
    }
}

// More keys than voices, pedals, bends, re-strikes and a tuning. Played by events in blocks and MIDI messages between.
void print_polyphony() {
    struct DestroyPolyphony {
        void operator()(OpenwurliPolyphony *polyphony) const { openwurli_polyphony_destroy(polyphony); }
    };
    struct DestroyTremolo {
        void operator()(OpenwurliTremolo *tremolo) const { openwurli_tremolo_destroy(tremolo); }
    };
    const std::unique_ptr<OpenwurliPolyphony, DestroyPolyphony> polyphony(openwurli_polyphony_create(48000.0f, 8));
    const std::unique_ptr<OpenwurliTremolo, DestroyTremolo> tremolo(openwurli_tremolo_create(48000.0f));
    require(polyphony != nullptr && tremolo != nullptr, "out of memory");
    OpenwurliPolyphony *p = polyphony.get();
    openwurli_tremolo_set(tremolo.get(), 6.0f, 5.0f);
    std::vector<double> tuning;
    for (int key = 0; key < 128; ++key) tuning.push_back(8.0 + key * key);
    openwurli_polyphony_set_tuning(p, tuning.data());
    openwurli_polyphony_set_pedal_range(p, 0.25f, 0.75f);
    openwurli_polyphony_set_damper_force(p, 1.5f);
    openwurli_polyphony_set_gain(p, 0.3f);
    for (std::uint8_t mode : {OPENWURLI_SEPARATE, OPENWURLI_OMNI, OPENWURLI_MPE}) {
        openwurli_polyphony_set_channel_mode(p, mode);
        openwurli_polyphony_set_bend_range(p, 3.0f);
        openwurli_polyphony_set_a4(p, 440.0 + mode);
        for (int i = 0; i < 100; ++i) {
            const auto channel = static_cast<std::uint8_t>(i % 3);
            const auto key = static_cast<std::uint8_t>(40 + i * 7 % 50);
            const auto again = static_cast<std::uint8_t>(40 + i * 5 % 50);
            const float value = static_cast<float>(i) / 128.0f;
            const OpenwurliEvent events[] = {
                {0, OPENWURLI_NOTE_ON, channel, key, value},
                {17, OPENWURLI_CONTROLLER, channel, 64, value},
                {90, OPENWURLI_NOTE_ON, channel, 60, value},
                {120, OPENWURLI_PITCH_BEND, channel, 0, value - 0.5f},
                {150, OPENWURLI_NOTE_BEND, channel, key, 25.0f},
                {200, OPENWURLI_NOTE_OFF, channel, again, value},
                {900, 99, channel, again, value},
            };
            std::vector<float> samples(300);
            openwurli_polyphony_render_events(p, events, sizeof events / sizeof *events, samples.data(), 257);
            const auto status = static_cast<std::uint8_t>(0xB0 | channel);
            const std::uint8_t message[] = {status, 66, static_cast<std::uint8_t>(i)};
            openwurli_polyphony_handle_message(p, message, sizeof message);
            openwurli_polyphony_render_add(p, samples.data() + 257, samples.size() - 257);
            openwurli_tremolo_process(tremolo.get(), samples.data(), samples.size());
            for (float sample : samples) std::printf("%08" PRIx32 "\n", bits(sample));
        }
    }
    openwurli_polyphony_set_sample_rate(p, 44100.0f);
    require(!openwurli_polyphony_is_active(p), "an instrument that was reset is silent");
}

void print_training() {
    const OpenwurliTraining training = openwurli_training();
    std::printf("training %d %d %d %d", training.lowest_midi, training.highest_midi, training.lowest_velocity,
                training.highest_velocity);
    std::printf(" %" PRIu64 " %" PRIu32 " %08" PRIx32, training.seed, training.epochs, bits(training.loss));
    for (std::uint8_t byte : training.key) std::printf(" %d", byte);
    for (bool observed : training.observed) std::printf(" %d", observed ? 1 : 0);
    std::printf("\n");
}

void pass_nulls() {
    float samples[3] = {1.0f, 1.0f, 1.0f};
    openwurli_voice_note_on(nullptr, 60, 1.0f, nullptr);
    openwurli_voice_note_off(nullptr);
    openwurli_voice_reset(nullptr);
    openwurli_voice_render(nullptr, samples, 3);
    require(samples[0] == 0.0f && samples[2] == 0.0f, "no voice is silence");
    openwurli_voice_render(nullptr, nullptr, 3);
    require(!openwurli_voice_is_active(nullptr), "no voice does not sound");
    openwurli_voice_destroy(nullptr);
    openwurli_compute_corrections_batch(nullptr, nullptr, nullptr, 3);
}

}  // namespace

int main(int argc, char **argv) {
    require(argc == 2 && std::strcmp(argv[1], openwurli_version()) == 0,
            "library and pkg-config differ in their version");
    pass_nulls();
    print_corrections();
    print_samples();
    print_polyphony();
    print_training();
}
