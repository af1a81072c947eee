// Uses every PTX wrapper in every shape, so that nvcc and ptxas see all the assembly there is:
//     nvcc -std=c++20 -I. -gencode=arch=compute_80,code=sm_80
//          -gencode=arch=compute_90a,code=sm_90a -c tests/sim/twins_compile.cu
// The host compiler sees the same calls to the twins.
#include "kernels/cuda/ptx/cp_async.h"
#include "kernels/cuda/ptx/elect.h"
#include "kernels/cuda/ptx/ldmatrix.h"
#include "kernels/cuda/ptx/mbarrier.h"
#include "kernels/cuda/ptx/mma.h"
#include "kernels/cuda/ptx/named_barrier.h"
#include "kernels/cuda/ptx/setmaxnreg.h"
#include "kernels/cuda/ptx/tma.h"
#include "kernels/cuda/ptx/wgmma.h"

namespace backlight::kernels::BACKLIGHT_GPU {

template <typename T>
__global__ void ampere(const T* x, float* y) {
  using Tile = SharedTile<T, 16, static_cast<int>(128 / sizeof(T)), Swizzle::bytes128>;
  DYNAMIC_SHARED(memory);
  const Tile a{reinterpret_cast<T*>(memory)};
  const Tile b{reinterpret_cast<T*>(memory + Tile::kBytes)};
  const int lane = lane_id();
  cp_async<16>(a.at(lane % 16, 0), x, 12);
  cp_async<8>(b.at(lane % 16, 0), x);
  cp_async<4>(b.at(lane % 16, 4), x);
  cp_async_commit();
  cp_async_wait<1>();
  cp_async_wait_all();
  __syncthreads();
  FragmentA<T> fragment_a;
  FragmentB<T> fragments_b[2];
  load_fragment(fragment_a, a, 0, 0);
  load_fragments(fragments_b, b, 0, 0);
  std::uint32_t one[1], two[2], four[4];
  ldmatrix(one, memory + 16 * lane);
  ldmatrix(two, memory + 16 * lane);
  ldmatrix_transposed(one, memory + 16 * lane);
  ldmatrix_transposed(two, memory + 16 * lane);
  ldmatrix_transposed(four, memory + 16 * lane);
  FragmentD d = {};
  mma(d, fragment_a, fragments_b[0]);
  mma(d, fragment_a, fragments_b[1]);
  const Tf32Pair pair = split_tf32(d.values[0]);
  y[threadIdx.x] = pair.big + pair.small + d.values[1] + d.values[2] + d.values[3] +
                   __uint_as_float(pack_bf16(d.values[2], d.values[3]) + one[0] + two[1] + four[3]);
}
template __global__ void ampere(const float*, float*);
template __global__ void ampere(const __nv_bfloat16*, float*);

__global__ void __launch_bounds__(256, 1) barriers(float* y) {
  SHARED(full, MBarrier);
  const NamedBarrier<64> pair{1};
  if (threadIdx.x == 0) full.init(1);
  fence_mbarrier_init();
  fence_proxy_async();
  __syncthreads();
  if (threadIdx.x < 32) {
    decrease_registers<24>();
    pair.arrive();
  } else {
    increase_registers<240>();
    pair.sync();
  }
  if (elect_one()) {
    full.arrive();
    full.arrive_expect_tx(16);
  }
  full.wait(0);
  if (full.try_wait(1)) y[0] = 1;
  __syncthreads();
  if (threadIdx.x == 0) full.invalidate();
}

template <int kRank>
__global__ void boxes(const __grid_constant__ TensorMap<float, kRank, Swizzle::bytes128> map) {
  DYNAMIC_SHARED(memory);
  SHARED(full, MBarrier);
  const SharedTile<float, 64, 32, Swizzle::bytes128> tile{reinterpret_cast<float*>(memory)};
  const int i = static_cast<int>(blockIdx.x);
  prefetch(map);
  if constexpr (kRank == 2) {
    load_tensor(tile, map, full, 0, i);
    store_tensor(map, tile.data, 0, i);
  } else if constexpr (kRank == 3) {
    load_tensor(tile, map, full, 0, i, 1);
    store_tensor(map, tile.data, 0, i, 1);
  } else if constexpr (kRank == 4) {
    load_tensor(tile, map, full, 0, i, 1, 2);
    store_tensor(map, tile.data, 0, i, 1, 2);
  } else {
    load_tensor(tile, map, full, 0, i, 1, 2, 3);
    store_tensor(map, tile.data, 0, i, 1, 2, 3);
  }
  store_commit();
  store_wait_read<0>();
  store_wait<0>();
}
template __global__ void boxes<2>(const __grid_constant__ TensorMap<float, 2, Swizzle::bytes128>);
template __global__ void boxes<3>(const __grid_constant__ TensorMap<float, 3, Swizzle::bytes128>);
template __global__ void boxes<4>(const __grid_constant__ TensorMap<float, 4, Swizzle::bytes128>);
template __global__ void boxes<5>(const __grid_constant__ TensorMap<float, 5, Swizzle::bytes128>);

TensorMap<__nv_bfloat16, 2, Swizzle::bytes64> make_map(const __nv_bfloat16* x) {
  return tensor_map<Swizzle::bytes64>(x, TensorBox<2>{{64, 64}, {128}, {32, 64}});
}

template <typename T, int kN>
__global__ void hopper(float* y) {
  constexpr int kColumns = static_cast<int>(128 / sizeof(T));
  constexpr int kStep = FragmentA<T>::kK;
  DYNAMIC_SHARED(memory);
  const SharedTile<T, 64, kColumns, Swizzle::bytes128> a{reinterpret_cast<T*>(memory)};
  const SharedTile<T, kN, kColumns, Swizzle::bytes128> b{reinterpret_cast<T*>(memory + a.kBytes)};
  Accumulator<kN> d;
  FragmentA<T> fragment;
  for (int i = 0; i < 4; ++i) fragment.registers[i] = threadIdx.x + i;
  wgmma_fence(d, fragment);
  for (int k = 0; k < kColumns; k += kStep) {
    wgmma(d, a_operand(a, 0, k), b_operand<kN>(b, 0, k), k > 0);
  }
  wgmma(d, fragment, b_operand<kN>(b, 0, 0));
  if constexpr (sizeof(T) == 2 && kN <= 64) {
    const SharedTile<T, 16, 64, Swizzle::bytes128> t{reinterpret_cast<T*>(memory)};
    wgmma(d, a_operand<Major::mn>(t, 0, 0), b_operand<kN, Major::mn>(t, 0, 0));
    wgmma(d, a_operand(a, 0, 0), b_operand<kN, Major::mn>(t, 0, 0));
  }
  wgmma_commit();
  wgmma_wait<0>(d);
  for (int i = 0; i < d.kValues; ++i) {
    y[d.row(threadIdx.x, i) * kN + d.column(threadIdx.x, i)] = d.values[i];
  }
}

#define BACKLIGHT_HOPPER(n)                          \
  template __global__ void hopper<float, n>(float*); \
  template __global__ void hopper<__nv_bfloat16, n>(float*);
BACKLIGHT_HOPPER(8)
BACKLIGHT_HOPPER(16)
BACKLIGHT_HOPPER(32)
BACKLIGHT_HOPPER(64)
BACKLIGHT_HOPPER(96)
BACKLIGHT_HOPPER(128)
BACKLIGHT_HOPPER(192)
BACKLIGHT_HOPPER(256)

}  // namespace backlight::kernels::BACKLIGHT_GPU
