// mma.sync and the conversions to TF32 and bf16, and the way that an Ampere kernel feeds them.
#include "kernels/cuda/ptx/cp_async.h"
#include "kernels/cuda/ptx/ldmatrix.h"
#include "tests/sim/twins_testing.h"

namespace backlight::kernels::sim {
namespace {

template <typename T>
__device__ std::uint32_t bits_at(const T* x) {
  std::uint32_t bits;
  std::memcpy(&bits, x, sizeof bits);
  return bits;
}

// y[m][n] = sum of a[m][k] b[n][k], one instruction, fragments filled by the PTX ISA's formulas.
template <typename T>
__global__ void one_mma(const T* a, const T* b, const float* c, float* y) {
  constexpr int kK = FragmentA<T>::kK, kIn = 4 / static_cast<int>(sizeof(T));  // in a register
  const int lane = static_cast<int>(threadIdx.x), group = lane >> 2, in_group = lane % 4;
  FragmentA<T> fragment_a;
  for (int i = 0; i < 4; ++i) {
    const int row = i == 0 || i == 2 ? group : group + 8;
    const int column = in_group * kIn + (i < 2 ? 0 : kK / 2);
    fragment_a.registers[i] = bits_at(a + row * kK + column);
  }
  FragmentB<T> fragment_b;
  for (int i = 0; i < 2; ++i) {
    fragment_b.registers[i] = bits_at(b + group * kK + in_group * kIn + (i == 0 ? 0 : kK / 2));
  }
  FragmentD d;
  for (int i = 0; i < 4; ++i) {
    const int row = i < 2 ? group : group + 8, column = in_group * 2 + (i & 1);
    d.values[i] = c[row * 8 + column];
  }
  mma(d, fragment_a, fragment_b);
  for (int i = 0; i < 4; ++i) y[d.row(lane, i) * 8 + d.column(lane, i)] = d.values[i];
}

template <typename T>
std::vector<float> run_mma(const std::vector<T>& a, const std::vector<T>& b,
                           const std::vector<float>& c) {
  const Global<T> ga(a), gb(b);
  const Global<float> gc(c), y(128);
  launch({.kernel = "one_mma", .grid = dim3(1), .block = dim3(32)}, one_mma<T>, ga.data(),
         gb.data(), gc.data(), y.data());
  return y.read();
}

template <typename T>
void test_mma() {
  constexpr int kK = FragmentA<T>::kK;
  const std::vector<T> a = random_operands<T>(16 * kK, 1), b = random_operands<T>(8 * kK, 2);
  const std::vector<float> c = random_floats(128, 3);
  Product want = product(a, b, 16, 8, kK);
  for (int i = 0; i < 128; ++i) {
    want.sum[i] += c[i];
    want.magnitude[i] += std::abs(c[i]);
  }
  expect_near(run_mma(a, b, c), want, kK + 1);
}

TEST(Mma, MultipliesTf32) { test_mma<float>(); }
TEST(Mma, MultipliesBf16) { test_mma<__nv_bfloat16>(); }

TEST(Mma, CutsFloatsOffToTf32) {
  // 1 + 2^-11 is cut off to 1, though 1 + 2^-10 is the nearer of its neighbours or as near.
  const std::vector<float> a(16 * 8, 1 + std::ldexp(1.75f, -11)), b(8 * 8, 1.0f), c(128, 0.0f);
  for (const float y : run_mma(a, b, c)) EXPECT_EQ(y, 8.0f);
}

TEST(Mma, WantsAWholeWarp) {
  const Global<float> x(random_floats(128, 1)), y(128);
  expect_fault("fewer", [&] {
    launch({.kernel = "one_mma", .grid = dim3(1), .block = dim3(24)}, one_mma<float>, x.data(),
           x.data(), x.data(), y.data());
  });
}

TEST(Tf32, RoundsToTheNearestAwayFromZero) {
  const float unit = std::ldexp(1.0f, -10);
  EXPECT_EQ(round_to_tf32(1 + unit / 2), 1 + unit);
  EXPECT_EQ(round_to_tf32(-1 - unit / 2), -1 - unit);
  EXPECT_EQ(round_to_tf32(1 + unit * 0.49f), 1);
  EXPECT_EQ(round_to_tf32(2 - unit / 4), 2);
  EXPECT_EQ(round_to_tf32(INFINITY), INFINITY);
  EXPECT_TRUE(std::isnan(round_to_tf32(NAN)));
  for (const float x : random_floats(1000, 4)) {
    const float rounded = round_to_tf32(x);
    EXPECT_EQ(as_operand(rounded), rounded);
    EXPECT_TRUE(std::abs(rounded - x) <= std::ldexp(std::abs(x), -11));
  }
}

TEST(Tf32, TwoPartsHoldNearlyAFloat) {
  for (const float x : random_floats(1000, 5)) {
    const Tf32Pair pair = split_tf32(x);
    EXPECT_EQ(as_operand(pair.big), pair.big);
    EXPECT_EQ(as_operand(pair.small), pair.small);
    EXPECT_TRUE(std::abs(double{pair.big} + pair.small - x) <= std::ldexp(std::abs(x), -22));
  }
}

TEST(Bf16, PacksTwoRounded) {
  EXPECT_EQ(pack_bf16(1.0f, -2.0f), 0xc0003f80u);
  const float unit = std::ldexp(1.0f, -7);
  EXPECT_EQ(pack_bf16(1 + unit / 2, 1 + unit * 1.5f), 0x3f823f80u);  // ties to even
}

// C = A B^T of 64 x 64 x K, one warp a 16 x 64 strip: cp.async into swizzled tiles, two stages,
// ldmatrix, mma. kWritten is the swizzle that the copies use, kRead that of ldmatrix. kParts 3 is
// 3xTF32.
template <typename T, Swizzle kWritten, Swizzle kRead, int kParts>
__global__ void multiply(const T* a, const T* b, float* y, int depth) {
  constexpr int kColumns = static_cast<int>(128 / sizeof(T));
  using Written = SharedTile<T, 64, kColumns, kWritten>;
  using Read = SharedTile<T, 64, kColumns, kRead>;
  DYNAMIC_SHARED(memory);
  const int t = static_cast<int>(threadIdx.x), warp = t / 32;
  const auto fetch = [&](int step) {
    for (int i = t; i < 64 * 8 && step * kColumns < depth; i += 128) {
      const int row = i / 8, column = i % 8 * static_cast<int>(16 / sizeof(T));
      for (int operand = 0; operand < 2; ++operand) {
        const Written tile{
            reinterpret_cast<T*>(memory + (step % 2 * 2 + operand) * Written::kBytes)};
        cp_async<16>(tile.at(row, column),
                     (operand == 0 ? a : b) + row * depth + step * kColumns + column);
      }
    }
    cp_async_commit();
  };
  FragmentD d[8] = {};
  fetch(0);
  for (int step = 0; step * kColumns < depth; ++step) {
    fetch(step + 1);
    cp_async_wait<1>();
    __syncthreads();
    const Read tile_a{reinterpret_cast<T*>(memory + step % 2 * 2 * Read::kBytes)};
    const Read tile_b{reinterpret_cast<T*>(memory + (step % 2 * 2 + 1) * Read::kBytes)};
    for (int k = 0; k < kColumns; k += FragmentA<T>::kK) {
      FragmentA<T> whole_a;
      load_fragment(whole_a, tile_a, 16 * warp, k);
      for (int n = 0; n < 4; ++n) {
        FragmentB<T> whole_b[2];
        load_fragments(whole_b, tile_b, 16 * n, k);
        for (int half = 0; half < 2; ++half) {
          for (int part = 0; part < kParts; ++part) {  // small big, big small, big big
            FragmentA<T> part_a = whole_a;
            FragmentB<T> part_b = whole_b[half];
            if constexpr (kParts == 3) {
              for (std::uint32_t& r : part_a.registers) {
                const Tf32Pair pair = split_tf32(__uint_as_float(r));
                r = __float_as_uint(part == 0 ? pair.small : pair.big);
              }
              for (std::uint32_t& r : part_b.registers) {
                const Tf32Pair pair = split_tf32(__uint_as_float(r));
                r = __float_as_uint(part == 1 ? pair.small : pair.big);
              }
            }
            mma(d[2 * n + half], part_a, part_b);
          }
        }
      }
    }
    __syncthreads();
  }
  cp_async_wait_all();
  for (int n = 0; n < 8; ++n) {
    for (int i = 0; i < 4; ++i) {
      const int row = 16 * warp + FragmentD::row(t % 32, i);
      y[row * 64 + 8 * n + FragmentD::column(t % 32, i)] = d[n].values[i];
    }
  }
}

constexpr int kDepth = 160;

template <typename T, Swizzle kWritten, Swizzle kRead, int kParts = 1>
std::vector<float> run_multiply(const std::vector<T>& a, const std::vector<T>& b, int depth) {
  const Global<T> ga(a), gb(b);
  const Global<float> y(64 * 64);
  launch({.kernel = "multiply", .grid = dim3(1), .block = dim3(128), .shared_bytes = 4 * 64 * 128},
         multiply<T, kWritten, kRead, kParts>, ga.data(), gb.data(), y.data(), depth);
  return y.read();
}

template <typename T, Swizzle kSwizzle>
void test_round_trip(int depth) {
  const std::vector<T> a = random_operands<T>(64 * depth, 6), b = random_operands<T>(64 * depth, 7);
  const Product want = product(a, b, 64, 64, depth);
  for_seeds([&] { expect_near(run_multiply<T, kSwizzle, kSwizzle>(a, b, depth), want, depth); });
}

TEST(RoundTrip, CopySwizzleLoadMultiplyTf32) {
  test_round_trip<float, Swizzle::bytes128>(kDepth);
  test_round_trip<float, Swizzle::bytes64>(64);
  test_round_trip<float, Swizzle::bytes32>(64);
  test_round_trip<float, Swizzle::none>(64);
}

TEST(RoundTrip, CopySwizzleLoadMultiplyBf16) {
  test_round_trip<__nv_bfloat16, Swizzle::bytes128>(192);
  test_round_trip<__nv_bfloat16, Swizzle::none>(128);
}

TEST(RoundTrip, ThreeProductsOfTf32AreAFloatProduct) {
  const std::vector<float> a = random_floats(64 * kDepth, 8), b = random_floats(64 * kDepth, 9);
  const std::vector<float> y =
      run_multiply<float, Swizzle::bytes128, Swizzle::bytes128, 3>(a, b, kDepth);
  double worst = 0, worst_of_one = 0;
  const std::vector<float> one =
      run_multiply<float, Swizzle::bytes128, Swizzle::bytes128>(a, b, kDepth);
  for (int i = 0; i < 64 * 64; ++i) {
    double sum = 0, magnitude = 0;
    for (int k = 0; k < kDepth; ++k) {
      const double term = double{a[i / 64 * kDepth + k]} * b[i % 64 * kDepth + k];
      sum += term;
      magnitude += std::abs(term);
    }
    worst = std::max(worst, std::abs(y[i] - sum) / magnitude);
    worst_of_one = std::max(worst_of_one, std::abs(one[i] - sum) / magnitude);
  }
  EXPECT_TRUE(worst <= 1e-6) << worst;
  EXPECT_GT(worst_of_one, 1e-5);
}

TEST(RoundTrip, ASwizzleReadAsAnotherIsWrong) {
  const std::vector<float> a = random_floats(64 * 32, 10), b = random_floats(64 * 32, 11);
  const Product want = product(a, b, 64, 64, 32);
  EXPECT_EQ(count_wrong(run_multiply<float, Swizzle::bytes128, Swizzle::bytes128>(a, b, 32), want),
            0);
  EXPECT_GT(count_wrong(run_multiply<float, Swizzle::bytes128, Swizzle::bytes64>(a, b, 32), want),
            3000);
}

}  // namespace
}  // namespace backlight::kernels::sim
