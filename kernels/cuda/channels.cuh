// Kernels over matrices [rows, channels], the channels last: any activation, with a row for each
// pixel of each image. A thread stays with its channels from row to row, so that what is known of a
// channel stays in registers and no index is ever divided.
#pragma once

#include <array>

#include "kernels/cuda/elements.cuh"

namespace backlight::kernels::BACKLIGHT_GPU {

// Blocks stand side by side over the channels (grid.x) and one below the other over the rows
// (grid.y). In a block, `columns` threads lie side by side, each with a vector of kWidth channels,
// and the rest below them, `lanes` rows deep: a warp reads memory without a gap.
struct ChannelGrid {
  std::int64_t rows;
  int channels, columns, lanes;

  static constexpr int kMostColumns = 32;

  ChannelGrid(const Tensor& x, int width)
      : rows(x.dim(-1) > 0 ? x.numel() / x.dim(-1) : 0),
        channels(static_cast<int>(x.dim(-1))),
        columns(std::clamp((channels + width - 1) / width, 1, kMostColumns)),
        lanes(kThreads / columns) {}

  // `bands` blocks below one another.
  dim3 grid(int width, std::int64_t bands) const {
    const int vectors = (channels + width - 1) / width;
    return dim3(static_cast<unsigned>((vectors + columns - 1) / columns),
                static_cast<unsigned>(bands));
  }
};

// What a thread has of it: the first of its channels, its first row, and how far it is to the next.
struct ChannelPlace {
  int channel, column, lane;
  std::int64_t row, step;
  bool inside;  // there are channels for this thread

  template <int kWidth>
  __device__ static ChannelPlace of_thread(const ChannelGrid& grid) {
    ChannelPlace at;
    at.column = static_cast<int>(threadIdx.x) % grid.columns;
    at.lane = static_cast<int>(threadIdx.x) / grid.columns;
    at.channel = (static_cast<int>(blockIdx.x) * grid.columns + at.column) * kWidth;
    at.row = std::int64_t{blockIdx.y} * grid.lanes + at.lane;
    at.step = std::int64_t{gridDim.y} * grid.lanes;
    at.inside = at.lane < grid.lanes && at.channel < grid.channels;
    return at;
  }
};

template <int kInputs>
struct Inputs {
  const float* at[kInputs];
};

// The elements of a thread in the next kInFlight of its rows, from each input; 0 below the last.
template <int kWidth, int kInputs>
struct RowsInFlight {
  Floats<kWidth> of[kInputs][kInFlight] = {};

  __device__ void load(const Inputs<kInputs>& inputs, const ChannelGrid& grid,
                       const ChannelPlace& at, std::int64_t row) {
#pragma unroll
    for (int k = 0; k < kInFlight; ++k)
#pragma unroll
      for (int n = 0; n < kInputs; ++n)
        if (row + k * at.step < grid.rows)
          of[n][k] =
              load_floats<kWidth>(inputs.at[n] + (row + k * at.step) * grid.channels + at.channel);
  }
};

// channel(i, x[i]) or channel(i, a[i], b[i]), for lane l of the k-th of the rows.
template <typename Channel, int kInputs, int kWidth>
__device__ __forceinline__ auto apply_channel(const Channel& channel, std::int64_t i,
                                              const RowsInFlight<kWidth, kInputs>& v, int k,
                                              int l) {
  if constexpr (kInputs == 1)
    return channel(i, v.of[0][k].at[l]);
  else
    return channel(i, v.of[0][k].at[l], v.of[1][k].at[l]);
}

// y[i] = f.of(channel of i)(i, x[i]), or with two inputs f.of(channel of i)(i, a[i], b[i]).
template <int kWidth, int kInputs, typename F>
__global__ void __launch_bounds__(kThreads)
    channel_map_kernel(Inputs<kInputs> inputs, float* __restrict__ y, ChannelGrid grid, F f) {
  const auto at = ChannelPlace::of_thread<kWidth>(grid);
  if (!at.inside) return;
  typename F::Channel channel[kWidth];
#pragma unroll
  for (int l = 0; l < kWidth; ++l) channel[l] = f.of(at.channel + l);
  for (std::int64_t row = at.row; row < grid.rows; row += kInFlight * at.step) {
    RowsInFlight<kWidth, kInputs> v;
    v.load(inputs, grid, at, row);
#pragma unroll
    for (int k = 0; k < kInFlight; ++k) {
      if (row + k * at.step >= grid.rows) break;
      const std::int64_t i = (row + k * at.step) * grid.channels + at.channel;
      Floats<kWidth> result;
#pragma unroll
      for (int l = 0; l < kWidth; ++l) result.at[l] = apply_channel(channel[l], i + l, v, k, l);
      store_floats<kWidth>(y + i, result);
    }
  }
}

// --- On the host --------------------------------------------------------------------------------

template <std::size_t kInputs>
bool channels_go_in_vectors(const std::array<const Tensor*, kInputs>& tensors) {
  bool aligned = tensors[0]->dim(-1) % 4 == 0;
  for (const Tensor* tensor : tensors) aligned = aligned && is_aligned(tensor->address());
  return aligned;
}

template <std::size_t kInputs>
Inputs<static_cast<int>(kInputs)> inputs_of(const char* op,
                                            const std::array<const Tensor*, kInputs>& tensors) {
  Inputs<static_cast<int>(kInputs)> inputs;
  for (std::size_t n = 0; n < kInputs; ++n) {
    require_float32(op, *tensors[n]);
    inputs.at[n] = tensors[n]->template device_data<float>();
  }
  return inputs;
}

// `flop` is the arithmetic of one element.
template <typename F, std::size_t kInputs>
Tensor channel_map(const char* op, const Tensor* const (&all)[kInputs], double flop, F f) {
  const std::array<const Tensor*, kInputs> tensors = std::to_array(all);
  const Tensor& x = *tensors[0];
  const auto inputs = inputs_of(op, tensors);
  Tensor y(x.shape(), DType::f32, x.device());
  if (x.numel() == 0) return y;
  with_width(channels_go_in_vectors(tensors), [&](auto width) {
    constexpr int kWidth = decltype(width)::value;
    const ChannelGrid grid(x, kWidth);
    const std::int64_t all_rows =
        (grid.rows + grid.lanes * kInFlight - 1) / (grid.lanes * kInFlight);
    constexpr std::int64_t kMostBlocks = 4096;  // each then does several rounds of its loop
    const std::int64_t bands = std::min(all_rows, kMostBlocks);
    launch({.kernel = op,
            .grid = grid.grid(kWidth, bands),
            .block = dim3(kThreads),
            .shapes = str(x.shape()),
            .flop = flop * static_cast<double>(x.numel()),
            .bytes = static_cast<double>((kInputs + 1) * x.nbytes())},
           channel_map_kernel<kWidth, static_cast<int>(kInputs), F>, inputs,
           y.mutable_device_data<float>(), grid, f);
  });
  return y;
}

}  // namespace backlight::kernels::BACKLIGHT_GPU
