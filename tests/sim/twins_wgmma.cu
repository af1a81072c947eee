// wgmma: products through descriptors of every layout, and what the simulator says of its misuse.
#include "kernels/cuda/ptx/elect.h"
#include "kernels/cuda/ptx/named_barrier.h"
#include "kernels/cuda/ptx/tma.h"
#include "kernels/cuda/ptx/wgmma.h"
#include "tests/sim/twins_testing.h"

namespace backlight::kernels::sim {
namespace {

// Byte of element (row, column) of a tile with this many rows, by the PTX ISA's canonical layouts
// (not by SharedTile): blocks of columns, 8-row groups, rows of `span` bytes, and chunks of 16
// bytes XORed with the row's number in the pattern.
template <typename T>
__device__ int canonical_byte(int span, int rows, int row, int column) {
  const int byte = column * static_cast<int>(sizeof(T));
  const int block = byte / span, in_block = byte % span;
  const int rows_in_line = 128 / span;
  const int chunk = in_block / 16 ^ (span == 16 ? 0 : row / rows_in_line % (span / 16));
  return block * rows * span + row / 8 * 8 * span + row % 8 * span + chunk * 16 + in_block % 16;
}

enum class Slip {
  none,
  no_wait,
  no_first_fence,
  no_second_fence,
  early_wait,
  names_too_much,
  touched,
  no_proxy_fence,
  no_commit,
  rewritten,
  wrong_swizzle,
  wrong_stride,
  misaligned,
  base_offset,
  three_warps,
  warps_differ,
};

// D[64][kN] = A B^T for A [64][depth] and B [kN][depth]; kMajor mn: the tiles hold the transposes.
// A comes from shared memory, or from registers if kFromRegisters.
template <typename T, int kN, int kColumns, Swizzle kSwizzle, Major kMajorA, Major kMajorB,
          bool kFromRegisters>
__global__ void multiply(const T* a, const T* b, float* y, float start, Slip slip) {
  constexpr int kStep = FragmentA<T>::kK, kDepth = kColumns;
  constexpr int kSpan = static_cast<int>(span(kSwizzle));
  // An MN-major tile is as wide as whole blocks, so that it may be wider than the operand.
  constexpr int kBlock = kSpan / static_cast<int>(sizeof(T));
  constexpr int kWide = (kN + kBlock - 1) / kBlock * kBlock;
  constexpr int kTall = 64 < kBlock ? kBlock : 64;
  using TileA = std::conditional_t<kMajorA == Major::k, SharedTile<T, 64, kDepth, kSwizzle>,
                                   SharedTile<T, kDepth, kTall, kSwizzle>>;
  using TileB = std::conditional_t<kMajorB == Major::k, SharedTile<T, kN, kDepth, kSwizzle>,
                                   SharedTile<T, kDepth, kWide, kSwizzle>>;
  DYNAMIC_SHARED(memory);
  unsigned char* memory_b = memory + (TileA::kBytes + 1023) / 1024 * 1024;
  const int t = static_cast<int>(threadIdx.x), threads = static_cast<int>(blockDim.x);
  for (int i = t; i < 64 * kDepth; i += threads) {
    const int row = i / kDepth, k = i % kDepth;
    const int byte = kMajorA == Major::k ? canonical_byte<T>(kSpan, 64, row, k)
                                         : canonical_byte<T>(kSpan, kDepth, k, row);
    *reinterpret_cast<T*>(memory + byte) = a[i];
  }
  for (int i = t; i < kN * kDepth; i += threads) {
    const int row = i / kDepth, k = i % kDepth;
    const int byte = kMajorB == Major::k ? canonical_byte<T>(kSpan, kN, row, k)
                                         : canonical_byte<T>(kSpan, kDepth, k, row);
    *reinterpret_cast<T*>(memory_b + byte) = b[i];
  }
  if (slip != Slip::no_proxy_fence) fence_proxy_async();
  __syncthreads();
  if (slip == Slip::three_warps && t >= 96) return;

  const TileA tile_a{reinterpret_cast<T*>(memory)};
  const TileB tile_b{reinterpret_cast<T*>(memory_b)};
  Accumulator<kN> d;
  for (int i = 0; i < d.kValues; ++i) d.values[i] = start;
  FragmentA<T> fragments[kDepth / kStep];
  if constexpr (kFromRegisters) {
    constexpr int kIn = 4 / static_cast<int>(sizeof(T));
    for (int step = 0; step < kDepth / kStep; ++step) {
      for (int i = 0; i < 4; ++i) {
        const int row = t / 32 * 16 + t % 32 / 4 + (i & 1) * 8;
        const int k = step * kStep + t % 4 * kIn + (i >> 1) * (kStep / 2);
        std::memcpy(&fragments[step].registers[i], a + row * kDepth + k, 4);
      }
    }
  }
  if (slip != Slip::no_first_fence) wgmma_fence(d);
  for (int k = 0; k < kDepth; k += kStep) {
    auto operand_b = b_operand<kN, kMajorB>(tile_b, 0, k);
    if (slip == Slip::wrong_swizzle) operand_b.descriptor ^= std::uint64_t{1} << 62;
    if (slip == Slip::wrong_stride) operand_b.descriptor += std::uint64_t{1} << 32;
    if (slip == Slip::misaligned) operand_b.descriptor += 8;  // one row down
    if (slip == Slip::base_offset) operand_b.descriptor |= std::uint64_t{1} << 49;
    if (slip == Slip::warps_differ && t >= 64) {
      operand_b = b_operand<kN, kMajorB>(tile_b, 0, (k + kStep) % kDepth);
    }
    if constexpr (kFromRegisters) {
      wgmma(d, fragments[k / kStep], operand_b);
    } else {
      wgmma(d, a_operand<kMajorA>(tile_a, 0, k), operand_b);
    }
    if (slip == Slip::touched) d.values[1] = 0;
    if (slip == Slip::early_wait) wgmma_commit();
  }
  if (slip != Slip::no_commit) wgmma_commit();
  if (slip == Slip::rewritten) tile_b.data[0] = T(0.0f);
  if (slip == Slip::early_wait) {
    wgmma_wait<2>();
  } else if (slip == Slip::names_too_much) {
    wgmma_wait<1>(d);
  } else if (slip != Slip::no_wait) {
    wgmma_wait<0>(d);
  }
  if (slip == Slip::no_second_fence) {
    wgmma(d, a_operand<kMajorA>(tile_a, 0, 0), b_operand<kN, kMajorB>(tile_b, 0, 0), false);
    wgmma_commit();
    wgmma_wait<0>(d);
  }
  for (int i = 0; i < d.kValues; ++i) y[d.row(t, i) * kN + d.column(t, i)] = d.values[i];
  if (slip == Slip::early_wait || slip == Slip::no_wait) wgmma_wait<0>();
}

template <typename T, int kN, int kColumns, Swizzle kSwizzle, Major kMajorA = Major::k,
          Major kMajorB = Major::k, bool kFromRegisters = false>
std::vector<float> run(const std::vector<T>& a, const std::vector<T>& b, float start = 0,
                       Slip slip = Slip::none) {
  const Global<T> ga(a), gb(b);
  const Global<float> y(64 * kN);
  launch({.kernel = "multiply",
          .grid = dim3(1),
          .block = dim3(128),
          .shared_bytes = (64 + 256) * kColumns * sizeof(T) + 16384},
         multiply<T, kN, kColumns, kSwizzle, kMajorA, kMajorB, kFromRegisters>, ga.data(),
         gb.data(), y.data(), start, slip);
  return y.read();
}

template <typename T, int kN, int kColumns, Swizzle kSwizzle, Major kMajorA = Major::k,
          Major kMajorB = Major::k, bool kFromRegisters = false>
void test_product() {
  SCOPED_TRACE(testing::Message() << "N " << kN << ", swizzle " << int(kSwizzle));
  const std::vector<T> a = random_operands<T>(64 * kColumns, 21);
  const std::vector<T> b = random_operands<T>(kN * kColumns, 22);
  Product want = product(a, b, 64, kN, kColumns);
  for (double& sum : want.sum) sum += 0.5;
  for (double& magnitude : want.magnitude) magnitude += 0.5;
  expect_near(run<T, kN, kColumns, kSwizzle, kMajorA, kMajorB, kFromRegisters>(a, b, 0.5f), want,
              kColumns + 1);
}

// The bits by the PTX ISA's table: start, leading and stride offsets in units of 16 bytes, and 1,
// 2, 3 for swizzles of 128, 64, 32 bytes.
static_assert(matrix_descriptor(Swizzle::bytes128, 0x400, 16, 1024) == 0x4000004000010040);
static_assert(matrix_descriptor(Swizzle::bytes64, 0x30400, 16, 512) == 0x8000002000013040);
static_assert(matrix_descriptor(Swizzle::bytes32, 0x400, 16, 256) == 0xc000001000010040);
static_assert(matrix_descriptor(Swizzle::none, 0x410, 2048, 128) == 0x0000000800800041);

template <typename D, typename A, typename B>
concept CanMultiply = requires(D& d, A a, B b) {
  wgmma(d, a, b);
};
static_assert(
    CanMultiply<Accumulator<64>, OperandA<float, Major::k>, OperandB<float, 64, Major::k>>);
static_assert(CanMultiply<Accumulator<64>, FragmentA<float>, OperandB<float, 64, Major::k>>);
// Other extents, or other elements, do not compile.
static_assert(
    !CanMultiply<Accumulator<64>, OperandA<float, Major::k>, OperandB<float, 128, Major::k>>);
static_assert(!CanMultiply<Accumulator<64>, OperandA<float, Major::k>,
                           OperandB<__nv_bfloat16, 64, Major::k>>);
static_assert(
    !CanMultiply<Accumulator<64>, FragmentA<__nv_bfloat16>, OperandB<float, 64, Major::k>>);

TEST(Wgmma, MultipliesTf32OfEveryWidth) {
  test_product<float, 8, 32, Swizzle::bytes128>();
  test_product<float, 16, 32, Swizzle::bytes128>();
  test_product<float, 32, 32, Swizzle::bytes128>();
  test_product<float, 64, 32, Swizzle::bytes128>();
  test_product<float, 96, 32, Swizzle::bytes128>();
  test_product<float, 128, 32, Swizzle::bytes128>();
  test_product<float, 192, 32, Swizzle::bytes128>();
  test_product<float, 256, 32, Swizzle::bytes128>();
}

TEST(Wgmma, MultipliesBf16OfEveryWidth) {
  test_product<__nv_bfloat16, 8, 64, Swizzle::bytes128>();
  test_product<__nv_bfloat16, 16, 64, Swizzle::bytes128>();
  test_product<__nv_bfloat16, 32, 64, Swizzle::bytes128>();
  test_product<__nv_bfloat16, 64, 64, Swizzle::bytes128>();
  test_product<__nv_bfloat16, 96, 64, Swizzle::bytes128>();
  test_product<__nv_bfloat16, 128, 64, Swizzle::bytes128>();
  test_product<__nv_bfloat16, 192, 64, Swizzle::bytes128>();
  test_product<__nv_bfloat16, 256, 64, Swizzle::bytes128>();
}

TEST(Wgmma, ReadsEverySwizzle) {
  test_product<float, 64, 64, Swizzle::bytes128>();  // two blocks of columns
  test_product<float, 64, 32, Swizzle::bytes64>();
  test_product<float, 64, 32, Swizzle::bytes32>();
  test_product<float, 64, 32, Swizzle::none>();
  test_product<__nv_bfloat16, 64, 64, Swizzle::bytes64>();
  test_product<__nv_bfloat16, 64, 64, Swizzle::bytes32>();
  test_product<__nv_bfloat16, 64, 64, Swizzle::none>();
}

TEST(Wgmma, TakesAFromRegisters) {
  test_product<float, 64, 32, Swizzle::bytes128, Major::k, Major::k, true>();
  test_product<__nv_bfloat16, 64, 64, Swizzle::bytes128, Major::k, Major::k, true>();
}

template <Swizzle kSwizzle>
void test_major() {
  test_product<__nv_bfloat16, 128, 64, kSwizzle, Major::mn, Major::k>();
  test_product<__nv_bfloat16, 128, 64, kSwizzle, Major::k, Major::mn>();
  test_product<__nv_bfloat16, 128, 64, kSwizzle, Major::mn, Major::mn>();
  test_product<__nv_bfloat16, 8, 64, kSwizzle, Major::mn, Major::mn>();
}

TEST(Wgmma, ReadsMnMajorBf16) {
  test_major<Swizzle::bytes128>();
  test_major<Swizzle::bytes64>();
  test_major<Swizzle::bytes32>();
  test_major<Swizzle::none>();
}

TEST(Wgmma, MisuseIsReportedOrWrong) {
  const std::vector<float> a = random_floats(64 * 32, 23), b = random_floats(64 * 32, 24);
  const Product want = product(a, b, 64, 64, 32);
  const auto with = [&](Slip slip) { return run<float, 64, 32, Swizzle::bytes128>(a, b, 0, slip); };
  EXPECT_EQ(count_wrong(with(Slip::none), want), 0);
  EXPECT_EQ(count_wrong(with(Slip::no_wait), want), 64 * 64);     // all NaN
  EXPECT_EQ(count_wrong(with(Slip::early_wait), want), 64 * 64);  // the newest two groups run on
  expect_fault("leaves a group running", [&] { with(Slip::names_too_much); });
  expect_fault("leaves a group running", [&] { with(Slip::no_commit); });
  expect_fault("since the last wgmma_fence", [&] { with(Slip::no_first_fence); });
  expect_fault("since the last wgmma_fence", [&] { with(Slip::no_second_fence); });
  expect_fault("accumulators were written before", [&] { with(Slip::touched); });
  expect_fault("fence_proxy_async()", [&] { with(Slip::no_proxy_fence); });
  expect_fault("before its wait", [&] { with(Slip::rewritten); });
  expect_fault("does not start where", [&] { with(Slip::misaligned); });
  expect_fault("base offset", [&] { with(Slip::base_offset); });
  expect_fault("other warps of the warpgroup", [&] { with(Slip::three_warps); });
  expect_fault("issue different wgmmas", [&] { with(Slip::warps_differ); });
  EXPECT_GT(count_wrong(with(Slip::wrong_swizzle), want), 3000);
  expect_fault("never written", [&] { with(Slip::wrong_stride); });
}

// C = A B^T of 128 x 128 x depth as a Hopper kernel does it: a producer warp loads stages by TMA,
// two warpgroups multiply, and the tile of C leaves by TMA.
template <Swizzle kLoaded>
__global__ void pipeline(const __grid_constant__ TensorMap<float, 2, kLoaded> map_a,
                         const __grid_constant__ TensorMap<float, 2, kLoaded> map_b,
                         const __grid_constant__ TensorMap<float, 2, Swizzle::none> map_c,
                         int depth, bool all_arrive) {
  constexpr int kStages = 3, kK = 32;
  using Tile = SharedTile<float, 128, kK, Swizzle::bytes128>;
  using Loaded = SharedTile<float, 128, kK, kLoaded>;
  DYNAMIC_SHARED(memory);
  SHARED(full, MBarrier[kStages]);
  SHARED(empty, MBarrier[kStages]);
  const int t = static_cast<int>(threadIdx.x), group = t / 128;
  const auto tile = [&](int stage, int operand) {
    return reinterpret_cast<float*>(memory + (2 * stage + operand) * Tile::kBytes);
  };
  if (t == 0) {
    for (int s = 0; s < kStages; ++s) {
      full[s].init(1);
      empty[s].init(all_arrive ? 8 : 2);
    }
    fence_mbarrier_init();
  }
  __syncthreads();
  if (group == 2) {
    if (t / 32 == 8 && elect_one()) {
      for (int i = 0; i * kK < depth; ++i) {
        const int s = i % kStages;
        empty[s].wait(i / kStages % 2 ^ 1);
        full[s].arrive_expect_tx(2 * Tile::kBytes);
        for (int part = 0; part < Loaded::kColumns / Loaded::kBlockColumns; ++part) {
          const int k = i * kK + part * Loaded::kBlockColumns;
          load_tensor(Loaded{tile(s, 0)}.template part<128>(0, part), map_a, full[s], k, 0);
          load_tensor(Loaded{tile(s, 1)}.template part<128>(0, part), map_b, full[s], k, 0);
        }
      }
    }
    return;
  }
  Accumulator<128> d;
  for (int i = 0; i * kK < depth; ++i) {
    const int s = i % kStages;
    full[s].wait(i / kStages % 2);
    wgmma_fence(d);
    for (int k = 0; k < kK; k += 8) {
      wgmma(d, a_operand(Tile{tile(s, 0)}, 64 * group, k), b_operand<128>(Tile{tile(s, 1)}, 0, k),
            i + k > 0);
    }
    wgmma_commit();
    wgmma_wait<1>();
    // This warp's part of the product before this one is done with its stage.
    if (i > 0 && t % (all_arrive ? 32 : 128) == 0) empty[(i - 1) % kStages].arrive();
  }
  wgmma_wait<0>(d);
  const NamedBarrier<256> both{1};
  both.sync();
  auto* c = reinterpret_cast<float*>(memory);
  for (int i = 0; i < d.kValues; ++i) {
    c[(64 * group + d.row(t % 128, i)) * 128 + d.column(t % 128, i)] = d.values[i];
  }
  fence_proxy_async();
  both.sync();
  if (t == 0) {
    store_tensor(map_c, c, 0, 0);
    store_commit();
    store_wait<0>();
  }
}

template <Swizzle kLoaded>
std::vector<float> run_pipeline(const std::vector<float>& a, const std::vector<float>& b, int depth,
                                bool all_arrive = true) {
  const Global<float> ga(a), gb(b), gc(128 * 128);
  const auto columns = static_cast<std::uint64_t>(depth);
  const TensorBox<2> box{{columns, 128}, {columns * 4}, {span(kLoaded) / 4, 128}};
  launch(
      {.kernel = "pipeline", .grid = dim3(1), .block = dim3(384), .shared_bytes = 6 * 128 * 32 * 4},
      pipeline<kLoaded>, tensor_map<kLoaded>(ga.data(), box), tensor_map<kLoaded>(gb.data(), box),
      tensor_map<Swizzle::none>(gc.data(), TensorBox<2>{{128, 128}, {512}, {128, 128}}), depth,
      all_arrive);
  return gc.read();
}

TEST(RoundTrip, TmaSwizzleWgmmaStore) {
  constexpr int kDepth = 200;  // the last stage is partly zeros from outside the tensor
  const std::vector<float> a = random_floats(128 * kDepth, 31), b = random_floats(128 * kDepth, 32);
  const Product want = product(a, b, 128, 128, kDepth);
  for_seeds([&] { expect_near(run_pipeline<Swizzle::bytes128>(a, b, kDepth), want, kDepth); });
  EXPECT_GT(count_wrong(run_pipeline<Swizzle::bytes64>(a, b, kDepth), want), 10000);
  EXPECT_GT(count_wrong(run_pipeline<Swizzle::none>(a, b, kDepth), want), 10000);
}

TEST(RoundTrip, AStageGivenBackTooEarlyIsReported) {
  const std::vector<float> a = random_floats(128 * 512, 33), b = random_floats(128 * 512, 34);
  expect_fault("still reads",
               [&] { for_seeds([&] { run_pipeline<Swizzle::bytes128>(a, b, 512, false); }); });
}

}  // namespace
}  // namespace backlight::kernels::sim
