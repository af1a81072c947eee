// cp.async and ldmatrix: what they move, and what the simulator says of their misuse.
#include "kernels/cuda/ptx/cp_async.h"
#include "kernels/cuda/ptx/ldmatrix.h"
#include "kernels/sim/statistics.h"
#include "tests/sim/twins_testing.h"

namespace backlight::kernels::sim {
namespace {

// Each thread copies one piece and keeps its first `kept` bytes.
template <int kBytes>
__global__ void copy_pieces(const unsigned char* x, unsigned char* y, int kept) {
  SHARED(stage, unsigned char[32][kBytes]);
  const int t = static_cast<int>(threadIdx.x);
  cp_async<kBytes>(reinterpret_cast<void*>(&stage[t][0]), x + t * kBytes, kept);
  cp_async_wait_all();
  __syncthreads();
  const int other = 31 - t;
  for (int i = 0; i < kBytes; ++i) y[other * kBytes + i] = stage[other][i];
}

template <int kBytes>
void test_pieces() {
  std::vector<unsigned char> x(32 * kBytes);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<unsigned char>(1 + i % 251);
  const Global<unsigned char> from(x), to(x.size());
  for (int kept = 0; kept <= kBytes; ++kept) {
    launch({.kernel = "copy_pieces", .grid = dim3(1), .block = dim3(32)}, copy_pieces<kBytes>,
           from.data(), to.data(), kept);
    const std::vector<unsigned char> y = to.read();
    for (int i = 0; i < 32 * kBytes; ++i) ASSERT_EQ(y[i], i % kBytes < kept ? x[i] : 0);
  }
}

TEST(CpAsync, CopiesEverySizeAndFillsTheRestWithZeros) {
  test_pieces<4>();
  test_pieces<8>();
  test_pieces<16>();
}

TEST(CpAsync, DoesNotReadWhatItDoesNotCopy) {
  const Global<unsigned char> from(std::vector<unsigned char>(31 * 16 + 4, 7)), to(32 * 16);
  launch({.kernel = "copy_pieces", .grid = dim3(1), .block = dim3(32)}, copy_pieces<16>,
         from.data(), to.data(), 4);
  expect_fault("out of bounds", [&] {
    launch({.kernel = "copy_pieces", .grid = dim3(1), .block = dim3(32)}, copy_pieces<16>,
           from.data(), to.data(), 5);
  });
}

enum class Slip { none, no_wait, early_wait, no_barrier, misaligned, too_many_bytes, no_end };

// A ring of three stages of 32 float4: sums x over the stages, four pieces deep.
__global__ void sum_pieces(const float4* x, float* y, int pieces, Slip slip) {
  SHARED(ring, float4[3][32]);
  const int t = static_cast<int>(threadIdx.x);
  const auto fetch = [&](int piece) {
    if (piece < pieces) cp_async<16>(&ring[piece % 3][t], x + piece * 32 + t);
    cp_async_commit();
  };
  fetch(0);
  fetch(1);
  float sum = 0;
  for (int piece = 0; piece < pieces; ++piece) {
    if (slip == Slip::early_wait) {
      cp_async_wait<2>();
    } else if (slip != Slip::no_wait) {
      cp_async_wait<1>();
    }
    if (slip != Slip::no_barrier) __syncthreads();
    const float4 v = load_vector<float4>(&ring[piece % 3][31 - t]);
    sum += v.x + v.y + v.z + v.w;
    fetch(piece + 2);
  }
  if (slip != Slip::no_end) cp_async_wait_all();
  y[31 - t] = sum;
}

__global__ void one_bad_copy(const float* x, Slip slip) {
  SHARED(stage, float[8]);
  if (slip == Slip::misaligned) cp_async<16>(stage, x + 1);
  if (slip == Slip::too_many_bytes) cp_async<8>(stage, x, 12);
  cp_async<16>(stage, x);
  if (slip != Slip::no_end) cp_async_wait_all();
}

TEST(CpAsync, FillsARingOfStages) {
  const std::vector<float> x = random_floats(5 * 128, 3);
  const Global<float> from(x), to(32);
  for_seeds([&] {
    launch({.kernel = "sum_pieces", .grid = dim3(1), .block = dim3(32)}, sum_pieces,
           reinterpret_cast<const float4*>(from.data()), to.data(), 5, Slip::none);
    const std::vector<float> y = to.read();
    for (int t = 0; t < 32; ++t) {
      float sum = 0;
      for (int p = 0; p < 5; ++p) {
        const float* v = &x[(p * 32 + t) * 4];
        sum += v[0] + v[1] + v[2] + v[3];
      }
      ASSERT_EQ(y[t], sum);
    }
  });
}

TEST(CpAsync, MisuseIsReported) {
  const Global<float> from(random_floats(5 * 128, 3)), to(32);
  const auto run = [&](Slip slip) {
    for_seeds([&] {
      launch({.kernel = "sum_pieces", .grid = dim3(1), .block = dim3(32)}, sum_pieces,
             reinterpret_cast<const float4*>(from.data()), to.data(), 5, slip);
    });
  };
  expect_fault("before its wait", [&] { run(Slip::no_wait); });
  expect_fault("before its wait", [&] { run(Slip::early_wait); });
  // Another thread's copy: unwritten, in flight or a race, as the order has it.
  expect_fault("in shared memory", [&] { run(Slip::no_barrier); });
  const auto bad = [&](Slip slip) {
    launch({.kernel = "one_bad_copy", .grid = dim3(1), .block = dim3(1)}, one_bad_copy, from.data(),
           slip);
  };
  expect_fault("not aligned to 16", [&] { bad(Slip::misaligned); });
  expect_fault("source size of 12", [&] { bad(Slip::too_many_bytes); });
  expect_fault("before the wait", [&] { bad(Slip::no_end); });
}

// Fills 4 matrices of 8 rows x 8 values and loads kMatrices of them; lane l hands in the address of
// row (l + shift) % 32.
template <int kMatrices, bool kTransposed>
__global__ void load_matrices(const std::uint16_t* x, std::uint32_t* y, int shift, int offset) {
  SHARED(rows, uint4[40]);
  const int t = static_cast<int>(threadIdx.x);
  auto* values = reinterpret_cast<std::uint16_t*>(rows);
  for (int i = t; i < 256; i += 32) values[i] = x[i];
  __syncthreads();
  std::uint32_t registers[kMatrices];
  const std::uint16_t* row = values + (t + shift) % 32 * 8 + offset;
  if constexpr (kTransposed) {
    ldmatrix_transposed(registers, row);
  } else {
    ldmatrix(registers, row);
  }
  for (int i = 0; i < kMatrices; ++i) y[i * 32 + t] = registers[i];
}

template <int kMatrices, bool kTransposed>
std::vector<std::uint32_t> loaded(const std::vector<std::uint16_t>& x, int shift = 0,
                                  int offset = 0, int threads = 32) {
  const Global<std::uint16_t> from(x);
  const Global<std::uint32_t> to(32 * kMatrices);
  launch({.kernel = "load_matrices", .grid = dim3(1), .block = dim3(threads)},
         load_matrices<kMatrices, kTransposed>, from.data(), to.data(), shift, offset);
  return to.read();
}

std::vector<std::uint16_t> numbered() {
  std::vector<std::uint16_t> x(256);
  for (int i = 0; i < 256; ++i) x[i] = static_cast<std::uint16_t>(1000 + i);
  return x;
}

template <int kMatrices>
void test_matrices() {
  const std::vector<std::uint16_t> x = numbered();
  const std::vector<std::uint32_t> plain = loaded<kMatrices, false>(x);
  const std::vector<std::uint32_t> transposed = loaded<kMatrices, true>(x);
  // Element (r, c) of a matrix is half c % 2 of lane 4 r + c / 2, or of (c, r) when transposed.
  for (int m = 0; m < kMatrices; ++m) {
    for (int r = 0; r < 8; ++r) {
      for (int c = 0; c < 8; ++c) {
        const std::uint32_t element = x[m * 64 + r * 8 + c];
        ASSERT_EQ(plain[m * 32 + 4 * r + c / 2] >> 16 * (c % 2) & 0xffff, element);
        ASSERT_EQ(transposed[m * 32 + 4 * c + r / 2] >> 16 * (r % 2) & 0xffff, element);
      }
    }
  }
}

TEST(LdMatrix, LoadsOneTwoAndFourMatrices) {
  test_matrices<1>();
  test_matrices<2>();
  test_matrices<4>();
}

TEST(LdMatrix, TakesRowsFromTheLanesThatNameThem) {
  const std::vector<std::uint16_t> x = numbered();
  const std::vector<std::uint32_t> right = loaded<4, false>(x), wrong = loaded<4, false>(x, 8);
  for (int l = 0; l < 32; ++l) {
    EXPECT_EQ(wrong[l], right[32 + l]);  // matrix 0 is what lanes 0 .. 7 named: matrix 1
    EXPECT_NE(wrong[l], right[l]);
  }
}

TEST(LdMatrix, MisuseIsReported) {
  expect_fault("align", [] { loaded<4, false>(numbered(), 0, 4); });
  expect_fault("fewer", [] { loaded<1, false>(numbered(), 0, 0, 16); });
}

template <Swizzle kSwizzle>
std::uint64_t wavefronts() {
  using Tile = SharedTile<float, 32, 32, kSwizzle>;
  const auto kernel = +[](float* y) {
    SHARED(memory, float[32 * 32]);
    const Tile tile{memory};
    const int t = static_cast<int>(threadIdx.x);
    for (int c = 0; c < 32; ++c) *tile.at(t, c) = 1;
    __syncwarp(~0u);
    std::uint32_t registers[4];
    // Lanes walk down one column of 16 bytes: in a plain tile of 128-byte rows all are in 4 banks.
    ldmatrix(registers, kSwizzle == Swizzle::none ? memory + t * 32 : tile.at(t, 0));
    y[t] = __uint_as_float(registers[0]);
  };
  const Global<float> to(32);
  backlight::sim::clear_launch_statistics();
  backlight::sim::set_counting(true);
  launch({.kernel = "wavefronts", .grid = dim3(1), .block = dim3(32)}, kernel, to.data());
  backlight::sim::set_counting(false);
  const backlight::sim::LaunchStatistics& launch = backlight::sim::launch_statistics().back();
  EXPECT_EQ(launch.total(backlight::sim::Instruction::matrix_load).requests, 1u);
  return launch.total(backlight::sim::Instruction::shared_load).wavefronts;
}

TEST(LdMatrix, CountsTheBankConflictsThatASwizzleAvoids) {
  EXPECT_EQ(wavefronts<Swizzle::bytes128>(), 4u);  // 8 rows of 16 bytes a pass
  EXPECT_EQ(wavefronts<Swizzle::none>(), 32u);
}

}  // namespace
}  // namespace backlight::kernels::sim
