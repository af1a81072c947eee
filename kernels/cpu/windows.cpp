#include "kernels/windows.h"

#include <algorithm>
#include <cstring>

#include "kernels/cpu/backend.h"
#include "kernels/parallel.h"

namespace backlight::kernels {
namespace {

// The bytes of a dense tensor [N,H,W,C], by pixel.
struct Pixels {
  explicit Pixels(const Tensor& t)
      : data(t.bytes()),
        height(t.dim(1)),
        width(t.dim(2)),
        size(static_cast<std::size_t>(t.dim(3)) * size_of(t.dtype())) {}

  const std::byte* at(std::int64_t n, std::int64_t i, std::int64_t j) const {
    return data + static_cast<std::size_t>((n * height + i) * width + j) * size;
  }

  const std::byte* data;
  std::int64_t height, width;
  std::size_t size;  // of a pixel
};

}  // namespace

Tensor CpuBackend::windows_with_patches(const Tensor& picture, const Tensor& patches,
                                        const std::vector<WindowPlace>& places, std::int64_t height,
                                        std::int64_t width) const {
  const Tensor dense_picture = picture.dense(), dense_patches = patches.dense();
  const Pixels whole(dense_picture), changed(dense_patches);
  Tensor y({patches.dim(0), height, width, picture.dim(3)}, picture.dtype());
  std::byte* const out = y.mutable_bytes();
  parallel_for(y.dim(0) * height, [&](std::int64_t line) {
    const std::int64_t n = line / height;
    const WindowPlace& place = places[static_cast<std::size_t>(n)];
    const std::int64_t i = place.top + line % height;
    // The columns of the window that the patch has in this row, [first, last).
    const bool crossed = i >= place.first_row && i < place.last_row;
    const std::int64_t first =
        crossed ? std::clamp<std::int64_t>(place.first_column - place.left, 0, width) : width;
    const std::int64_t last =
        crossed ? std::clamp<std::int64_t>(place.last_column - place.left, first, width) : width;
    std::byte* const row = out + static_cast<std::size_t>(line * width) * whole.size;
    const auto copy = [&](std::int64_t begin, std::int64_t end, const std::byte* from) {
      const auto skipped = static_cast<std::size_t>(begin) * whole.size;
      std::memcpy(row + skipped, from, static_cast<std::size_t>(end - begin) * whole.size);
    };
    if (first > 0) copy(0, first, whole.at(0, i, place.left));
    if (last > first)
      copy(first, last, changed.at(n, i - place.patch_top, place.left + first - place.patch_left));
    if (last < width) copy(last, width, whole.at(0, i, place.left + last));
  });
  return y;
}

}  // namespace backlight::kernels
