#include "kernels/cuda/hopper/hopper.cuh"

#include "kernels/cuda/machine.h"
#include "kernels/generation.h"

namespace backlight::kernels::BACKLIGHT_GPU::hopper {

bool is_chosen() {
  const bool is_hopper = this_machine().major == 9;
  require(is_hopper || generation() != Generation::hopper,
          "Hopper's kernels were asked for, and this GPU has compute capability ",
          this_machine().major, ".x instead of 9.x; choose the generation automatic or ampere");
  return is_hopper && generation() != Generation::ampere;
}

}  // namespace backlight::kernels::BACKLIGHT_GPU::hopper
