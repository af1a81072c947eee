#include "models/demo/pretrained.h"

// The assembler copies the file (its path comes from CMake) among the constants of the program.
asm(R"(
  .pushsection .rodata
  .balign 64
backlight_demo_weights_begin:
  .incbin ")" BACKLIGHT_DEMO_WEIGHTS R"("
backlight_demo_weights_end:
  .popsection
)");

extern "C" const std::byte backlight_demo_weights_begin[];
extern "C" const std::byte backlight_demo_weights_end[];

namespace backlight {

std::span<const std::byte> demo_weights() {
  return {backlight_demo_weights_begin, backlight_demo_weights_end};
}

}  // namespace backlight
