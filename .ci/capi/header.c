/* The header in C, with nothing included before it: its types, and one function of each shape. */
#include <openwurli.h>

int main(void) {
    struct OpenwurliCorrections corrections = openwurli_compute_corrections(60, 0.5f);
    OpenwurliVoice *voice = openwurli_voice_create(48000.0f);
    float samples[64];
    bool active;
    const uint8_t message[] = {0x90, 60, 100};
    OpenwurliPolyphony *polyphony = openwurli_polyphony_create(48000.0f, 16);
    openwurli_polyphony_handle_message(polyphony, message, sizeof message);
    openwurli_polyphony_render(polyphony, samples, sizeof samples / sizeof *samples);
    openwurli_polyphony_destroy(polyphony);
    openwurli_voice_note_on(voice, 60, 0.5f, &corrections);
    openwurli_voice_render(voice, samples, sizeof samples / sizeof *samples);
    active = openwurli_voice_is_active(voice);
    openwurli_voice_destroy(voice);
    return active && openwurli_version()[0] != '\0' ? 0 : 1;
}
