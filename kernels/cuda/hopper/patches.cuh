// How the rows of D, the pixels of an image, are cut into the tiles of blocks: in patches.
//
// A patch is a box of pixels. Its window's neighbours, the halo, are loaded with it by one TMA
// instruction for each 32 channels (what lies outside the image comes as zeros: the padding), and
// the taps of the window read the same copy, each at its own offset. So an image crosses to a
// multiprocessor once and a bit instead of once for each tap.
//
//     . . . . . . . . . .     a box of 2 x 8 pixels (x) with the halo (.) of a 3x3 window;
//     . x x x x x x x x .     tap (r, s) of pixel (h, w) is pixel (h + r, w + s) of the copy
//     . x x x x x x x x .
//     . . . . . . . . . .
//
// A box is made of blocks of 16 pixels, the rows of D in one warp's fragment. A block is 2 x 8
// pixels, so that 2x2 windows of pooling lie within it, or 1 x 16 where boxes are 1 pixel high.
#pragma once

#include <optional>

#include "kernels/cuda/conv2d_geometry.cuh"

namespace backlight::kernels::BACKLIGHT_GPU::hopper {

struct Box {
  int images, height, width;
};

struct Patches {
  int images, height, width;  // of D's pixels
  int window_height, window_width, top, left;
  Box box;

  __host__ __device__ int halo_height() const { return box.height + window_height - 1; }
  __host__ __device__ int halo_width() const { return box.width + window_width - 1; }
  __host__ __device__ int halo_pixels() const { return box.images * halo_height() * halo_width(); }
  __host__ __device__ int down() const { return (height + box.height - 1) / box.height; }
  __host__ __device__ int across() const { return (width + box.width - 1) / box.width; }
  __host__ __device__ int count() const {
    return (images + box.images - 1) / box.images * down() * across();
  }

  // The first pixel of a patch.
  __device__ Pixel origin(int patch) const {
    const int row_of_patches = patch / across();
    return {row_of_patches / down() * box.images, row_of_patches % down() * box.height,
            patch % across() * box.width};
  }
  // Where row `row` (0 .. 15) of a block lies in its patch.
  __device__ Pixel in_box(int block, int row) const {
    const int block_height = box.height == 1 ? 1 : 2, block_width = 16 / block_height;
    const int across = box.width / block_width, down = box.height / block_height;
    const int row_of_blocks = block / across;
    return {row_of_blocks / down, row_of_blocks % down * block_height + row / block_width,
            block % across * block_width + row % block_width};
  }
  // The number of its first tap's pixel in the patch's copy.
  __device__ int in_copy(const Pixel& in_box) const {
    return (in_box.image * halo_height() + in_box.row) * halo_width() + in_box.column;
  }
};

// Chooses boxes of `pixels` pixels: as few patches as possible, their copies no larger than
// `most_copied` pixels. Whether there is such a box does not depend on the number of images.
// `windows`: 2x2 windows are not cut.
std::optional<Patches> cut_into_patches(Patches uncut, int pixels, int most_copied, bool windows);

}  // namespace backlight::kernels::BACKLIGHT_GPU::hopper
