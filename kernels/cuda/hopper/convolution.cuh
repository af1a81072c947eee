// Convolutions on Hopper for one arithmetic: the files that instantiate them include this.
#pragma once

#include "kernels/cuda/hopper/hopper.cuh"
#include "kernels/cuda/hopper/kernel.cuh"

namespace backlight::kernels::BACKLIGHT_GPU::hopper {
namespace {

bool is_aligned(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer) % 16 == 0; }

bool is_possible(const ConvolutionTask& task) {
  const Convolution& c = task.convolution;
  return c.stride == 1 && c.spread == 1 && c.channels % kDepth == 0 && c.out_channels % 64 == 0 &&
         is_aligned(c.x) && is_aligned(c.weights.data) && is_aligned(task.out.y) &&
         is_aligned(task.out.bias) && is_aligned(task.out.mask) && is_aligned(task.out.open);
}

template <typename Tile, typename Arithmetic>
std::optional<Work> plan(const ConvolutionTask& task) {
  const Convolution& c = task.convolution;
  if (c.out_channels % Tile::kN != 0) return std::nullopt;
  const Patches uncut{c.images,       task.height, task.width, c.window_height,
                      c.window_width, c.top,       c.left,     {}};
  const int taps = c.window_height * c.window_width;
  // As large a copy of a patch as leaves room for the stages it needs.
  const auto most = static_cast<int>((kSharedBytes - 4 * ColumnTiles<Tile, Arithmetic>::kBytes) /
                                     (2 * PatchTile::kAlignment) * 8);
  const std::optional<Patches> patches =
      cut_into_patches(uncut, Tile::kM, std::min(most, kMostCopied), c.order.windows());
  if (!patches) return std::nullopt;
  const std::optional<StageCounts> stages = stages_for<Tile, Arithmetic>(*patches, taps);
  if (!stages) return std::nullopt;
  const int chunks = c.channels / kDepth;
  return Work{*patches, c.out_channels / Tile::kN, c.channels, chunks, 1, chunks, *stages};
}

template <typename Arithmetic>
ImageMap image_map(const Convolution& c, const Patches& patches) {
  const auto size = [](int extent) { return static_cast<std::uint64_t>(extent); };
  const auto box = [](int extent) { return static_cast<std::uint32_t>(extent); };
  const std::uint64_t pixel = size(c.channels) * sizeof(float), row = size(c.width) * pixel;
  TensorBox<4> shape{
      {size(c.channels), size(c.width), size(c.height), size(c.images)},
      {pixel, row, size(c.height) * row},
      {kDepth, box(patches.halo_width()), box(patches.halo_height()), box(patches.box.images)}};
  shape.round_to_tf32 = std::is_same_v<Arithmetic, Tf32>;
  return tensor_map<Swizzle::bytes128>(c.x, shape);
}

template <typename Tile, typename Arithmetic>
void launch_convolution(const ConvolutionTask& task, const Work& work) {
  const Convolution& c = task.convolution;
  const auto launch_with = [&](const auto& output) {
    launch_product<Tile, Arithmetic>(
        image_map<Arithmetic>(c, work.patches),
        keep_columns<Arithmetic>(task.weights, c.out_channels, c.depth), work, output,
        {"convolve", task.shapes, 2.0 * c.pixels * c.out_channels * c.depth,
         least_bytes(c, task.out)});
  };
  if (c.order.windows())
    launch_with(PooledOutput{task.out, c.out_channels});
  else
    launch_with(PixelOutput{task.out, c.out_channels});
}

// The cheaper of the two tiles that can do it: calls f(tile, work).
template <typename Arithmetic, typename F>
bool with_plan(const ConvolutionTask& task, F&& f) {
  if (!is_chosen() || !is_possible(task)) return false;
  const auto large = plan<LargeTile<Arithmetic>, Arithmetic>(task);
  const auto small = plan<SmallTile, Arithmetic>(task);
  if (large && (!small || cost_of<LargeTile<Arithmetic>>(*large) <= cost_of<SmallTile>(*small)))
    f(LargeTile<Arithmetic>{}, *large);
  else if (small)
    f(SmallTile{}, *small);
  return large || small;
}

}  // namespace

template <typename Arithmetic>
bool convolve(const ConvolutionTask& task) {
  return with_plan<Arithmetic>(task, [&](auto tile, const Work& work) {
    launch_convolution<decltype(tile), Arithmetic>(task, work);
  });
}

template <typename Arithmetic>
std::string describe(const ConvolutionTask& task) {
  std::string name;
  with_plan<Arithmetic>(task, [&](auto tile, const Work&) {
    name = str("wgmma implicit GEMM ", tile.kM, "x", tile.kN, "x", kDepth);
  });
  return name;
}

}  // namespace backlight::kernels::BACKLIGHT_GPU::hopper
