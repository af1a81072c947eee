#include "kernels/cuda/hopper/patches.cuh"

namespace backlight::kernels::BACKLIGHT_GPU::hopper {

std::optional<Patches> cut_into_patches(Patches uncut, int pixels, int most_copied, bool windows) {
  constexpr int kMostOfBox = 256;  // TMA
  std::optional<Patches> best;
  for (int width = 8; width <= kMostOfBox; width *= 2)
    for (int height = 1; width * height <= pixels; height *= 2) {
      if (height == 1 && (windows || width < 16)) continue;
      Patches patches = uncut;
      patches.box = {pixels / (width * height), height, width};
      if (patches.halo_pixels() > most_copied || patches.halo_height() > kMostOfBox ||
          patches.halo_width() > kMostOfBox)
        continue;
      if (!best || patches.count() < best->count() ||
          (patches.count() == best->count() && patches.halo_pixels() < best->halo_pixels()))
        best = patches;
    }
  return best;
}

}  // namespace backlight::kernels::BACKLIGHT_GPU::hopper
