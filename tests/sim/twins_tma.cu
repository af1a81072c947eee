// TMA: boxes of tensors into shared memory and back.
#include "kernels/cuda/ptx/tma.h"
#include "tests/sim/twins_testing.h"

namespace backlight::kernels::sim {
namespace {

// Where the swizzle puts byte `byte` of row `row` of a box whose rows are as wide as its span and
// which starts at a multiple of 1024: the chunk of 16 bytes is XORed with the row, the row divided
// by the rows in 128 bytes.
int swizzled_byte(int span, int row, int byte) {
  const int chunks = span / 16, rows_in_line = 128 / span;
  const int chunk = byte / 16 ^ (span == 16 ? 0 : row / rows_in_line % chunks);
  return row * span + chunk * 16 + byte % 16;
}

enum class Slip {
  none,
  no_wait,
  one_waits,
  expects_more,
  expects_less,
  expects_nothing,
  no_fence,
  stored_before,
  no_proxy_fence,
  rewritten,
  no_store_commit,
};

struct Coordinates {
  int at[5];
};

template <int kRank, typename Move>
__device__ void with_coordinates(const Coordinates& c, const Move& move) {
  if constexpr (kRank == 2) move(c.at[0], c.at[1]);
  if constexpr (kRank == 3) move(c.at[0], c.at[1], c.at[2]);
  if constexpr (kRank == 4) move(c.at[0], c.at[1], c.at[2], c.at[3]);
  if constexpr (kRank == 5) move(c.at[0], c.at[1], c.at[2], c.at[3], c.at[4]);
}

// Loads one box to `offset` and copies the bytes there to y.
template <typename T, int kRank, Swizzle kSwizzle>
__global__ void load_box(const __grid_constant__ TensorMap<T, kRank, kSwizzle> map, Coordinates c,
                         unsigned char* y, int bytes, int offset, Slip slip) {
  DYNAMIC_SHARED(memory);
  SHARED(full, MBarrier);
  const int t = static_cast<int>(threadIdx.x), threads = static_cast<int>(blockDim.x);
  if (t == 0) {
    prefetch(map);
    if (slip == Slip::stored_before) memory[offset] = 1;
    full.init(1);
    if (slip != Slip::no_fence) fence_mbarrier_init();
    int expected = bytes;
    if (slip == Slip::expects_more) expected += 16;
    if (slip == Slip::expects_less) expected -= 16;
    if (slip != Slip::expects_nothing) {
      full.arrive_expect_tx(static_cast<std::uint32_t>(expected));
    }
    with_coordinates<kRank>(c, [&](auto... at) {
      load_tensor(reinterpret_cast<T*>(memory + offset), map, full, at...);
    });
  }
  __syncthreads();
  if (slip != Slip::no_wait && (slip != Slip::one_waits || t == 0)) full.wait(0);
  for (int i = t; i < bytes; i += threads) y[i] = memory[offset + i];
}

// A tensor [sizes[rank-1]]...[sizes[0]] of consecutive numbers, its rows padded to 16 bytes.
template <typename T, int kRank>
struct Numbered {
  TensorBox<kRank> shape;
  std::vector<T> values;

  explicit Numbered(std::array<std::uint64_t, kRank> sizes) {
    shape.sizes = sizes;
    std::uint64_t stride = (sizes[0] * sizeof(T) + 15) / 16 * 16;
    for (int d = 1; d < kRank; ++d) {
      shape.strides[d - 1] = stride;
      stride *= sizes[d];
    }
    values.resize(stride / sizeof(T));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = T(static_cast<float>(1 + i % 255));
  }

  // The element at these coordinates, 0 outside.
  T at(const std::array<std::int64_t, kRank>& c) const {
    std::uint64_t byte = 0;
    for (int d = 0; d < kRank; ++d) {
      if (c[d] < 0 || c[d] >= static_cast<std::int64_t>(shape.sizes[d])) return T(0.0f);
      byte += static_cast<std::uint64_t>(c[d]) * (d == 0 ? sizeof(T) : shape.strides[d - 1]);
    }
    return values[byte / sizeof(T)];
  }
};

// Calls f(row, column, coordinates) for each element of a box.
template <int kRank, typename F>
void for_box(const TensorBox<kRank>& shape, const Coordinates& first, const F& f) {
  int extent[kRank], rows = 1;
  for (int d = 0; d < kRank; ++d) {
    const int step = d == 0 ? 1 : static_cast<int>(shape.element_strides[d]);
    extent[d] = (static_cast<int>(shape.box[d]) + step - 1) / step;
    if (d > 0) rows *= extent[d];
  }
  for (int row = 0; row < rows; ++row) {
    for (int column = 0; column < extent[0]; ++column) {
      std::array<std::int64_t, kRank> c;
      c[0] = first.at[0] + column;
      for (int d = 1, left = row; d < kRank; left /= extent[d++]) {
        c[d] = first.at[d] + left % extent[d] * static_cast<int>(shape.element_strides[d]);
      }
      f(row, column, c);
    }
  }
}

template <typename T, int kRank, Swizzle kSwizzle>
void test_load(const Numbered<T, kRank>& tensor, const Coordinates& c, int bytes, int offset = 0,
               Slip slip = Slip::none) {
  const Global<T> x(tensor.values);
  const Global<unsigned char> y(static_cast<std::size_t>(bytes));
  launch({.kernel = "load_box", .grid = dim3(1), .block = dim3(64), .shared_bytes = 64 << 10},
         load_box<T, kRank, kSwizzle>, tensor_map<kSwizzle>(x.data(), tensor.shape), c, y.data(),
         bytes, offset, slip);
  const std::vector<unsigned char> got = y.read();
  const int row_bytes = static_cast<int>(tensor.shape.box[0] * sizeof(T));
  for_box(tensor.shape, c, [&](int row, int column, const auto& at) {
    const int byte = column * static_cast<int>(sizeof(T));
    int place = row * row_bytes + byte;
    if (kSwizzle != Swizzle::none) {
      const int lead = offset / row_bytes;  // rows that the pattern has before the box
      place = swizzled_byte(row_bytes, row + lead, byte) - offset;
    }
    T value;
    std::memcpy(&value, &got[place], sizeof value);
    ASSERT_EQ(float(value), float(tensor.at(at))) << "row " << row << ", column " << column;
  });
}

template <typename Tile, typename Map>
concept CanLoad = requires(Tile tile, Map map, MBarrier barrier) {
  load_tensor(tile, map, barrier, 0, 0);
};
static_assert(
    CanLoad<SharedTile<float, 8, 32, Swizzle::bytes128>, TensorMap<float, 2, Swizzle::bytes128>>);
// Another swizzle or other elements do not compile.
static_assert(
    !CanLoad<SharedTile<float, 8, 32, Swizzle::bytes64>, TensorMap<float, 2, Swizzle::bytes128>>);
static_assert(!CanLoad<SharedTile<float, 8, 32, Swizzle::bytes128>,
                       TensorMap<__nv_bfloat16, 2, Swizzle::bytes128>>);

TEST(TmaLoad, TwoDimensionsEverySwizzle) {
  Numbered<float, 2> x({70, 50});
  for (const int first : {0, 3, -5, 60, 200}) {
    for (const int second : {0, -7, 45, 1000}) {
      const Coordinates c{{first, second}};
      x.shape.box = {32, 24};
      test_load<float, 2, Swizzle::bytes128>(x, c, 32 * 24 * 4);
      test_load<float, 2, Swizzle::none>(x, c, 32 * 24 * 4);
      x.shape.box = {16, 24};
      test_load<float, 2, Swizzle::bytes64>(x, c, 16 * 24 * 4);
      x.shape.box = {8, 24};
      test_load<float, 2, Swizzle::bytes32>(x, c, 8 * 24 * 4);
      x.shape.box = {68, 3};
      test_load<float, 2, Swizzle::none>(x, c, 68 * 3 * 4);
    }
  }
}

TEST(TmaLoad, ThreeToFiveDimensions) {
  Numbered<__nv_bfloat16, 3> x3({40, 9, 7});
  x3.shape.box = {32, 5, 4};
  test_load<__nv_bfloat16, 3, Swizzle::bytes64>(x3, {{8, -1, 5}}, 32 * 20 * 2);
  Numbered<float, 4> x4({32, 10, 9, 3});
  x4.shape.box = {32, 8, 4, 2};
  test_load<float, 4, Swizzle::bytes128>(x4, {{0, -1, -1, 2}}, 32 * 64 * 4);
  Numbered<__nv_bfloat16, 5> x5({64, 3, 4, 3, 2});
  x5.shape.box = {64, 2, 3, 2, 2};
  test_load<__nv_bfloat16, 5, Swizzle::bytes128>(x5, {{0, 1, -1, 2, 0}}, 64 * 24 * 2);
}

TEST(TmaLoad, TakesEveryOtherElement) {
  Numbered<float, 3> x({32, 11, 9});
  x.shape.box = {32, 8, 5};
  x.shape.element_strides = {1, 2, 3};
  test_load<float, 3, Swizzle::bytes128>(x, {{0, -1, 1}}, 32 * 4 * 2 * 4);
}

TEST(TmaLoad, SwizzlesByTheSharedAddress) {
  Numbered<float, 2> x({32, 16});
  x.shape.box = {32, 8};
  test_load<float, 2, Swizzle::bytes128>(x, {{0, 3}}, 32 * 8 * 4, 3 * 128);
}

TEST(TmaLoad, RoundsToTf32) {
  Numbered<float, 2> x({32, 8});
  x.values = random_floats(32 * 8, 12);
  x.shape.box = {32, 8};
  x.shape.round_to_tf32 = true;
  const Global<float> from(x.values);
  const Global<unsigned char> to(1024);
  launch({.kernel = "load_box", .grid = dim3(1), .block = dim3(32), .shared_bytes = 1024},
         load_box<float, 2, Swizzle::none>, tensor_map<Swizzle::none>(from.data(), x.shape),
         Coordinates{}, to.data(), 1024, 0, Slip::none);
  const std::vector<unsigned char> bytes = to.read();
  for (int i = 0; i < 256; ++i) {
    float y;
    std::memcpy(&y, &bytes[i * 4], 4);
    EXPECT_EQ(as_operand(y), y);
    EXPECT_TRUE(std::abs(y - x.values[i]) <= std::ldexp(std::abs(x.values[i]), -11));
  }
}

TEST(TmaLoad, MisuseIsReported) {
  Numbered<float, 2> x({32, 16});
  x.shape.box = {32, 8};
  const auto load = [&](Slip slip, int offset = 0) {
    for_seeds([&] { test_load<float, 2, Swizzle::bytes128>(x, {{0, 0}}, 1024, offset, slip); });
  };
  expect_fault("in shared memory", [&] { load(Slip::no_wait); });
  expect_fault("in shared memory", [&] { load(Slip::one_waits); });  // in flight or a race
  expect_fault("16 bytes are missing", [&] { load(Slip::expects_more); });
  expect_fault("-16 bytes are missing", [&] { load(Slip::expects_less); });
  expect_fault("1 of 1 arrivals and", [&] { load(Slip::expects_nothing); });
  expect_fault("call fence_mbarrier_init()", [&] { load(Slip::no_fence); });
  expect_fault("fence_proxy_async()", [&] { load(Slip::stored_before); });
  expect_fault("not aligned to 128 bytes", [&] { load(Slip::none, 64); });
}

__global__ void load_tile(const __grid_constant__ TensorMap<float, 2, Swizzle::bytes128> map,
                          float* y, bool wrong_tile) {
  DYNAMIC_SHARED(memory);
  SHARED(full, MBarrier);
  const SharedTile<float, 16, 64, Swizzle::bytes128> tile{reinterpret_cast<float*>(memory)};
  if (threadIdx.x == 0) {
    full.init(1);
    fence_mbarrier_init();
    full.arrive_expect_tx(tile.kBytes);
    for (int block = 0; block < 2; ++block) {
      for (int row = 0; row < 16; row += 8) {
        if (wrong_tile) load_tensor(tile.part<16>(0, block), map, full, block * 32, row);
        load_tensor(tile.part<8>(row, block), map, full, block * 32, row);
      }
    }
  }
  __syncthreads();
  full.wait(0);
  for (int row = 0; row < 16; ++row) {
    for (int c = static_cast<int>(threadIdx.x); c < 64; c += 32) y[row * 64 + c] = *tile.at(row, c);
  }
}

TEST(TmaLoad, FillsATileByParts) {
  Numbered<float, 2> x({64, 16});
  x.shape.box = {32, 8};
  const Global<float> from(x.values), to(16 * 64);
  const auto load = [&](bool wrong_tile) {
    launch({.kernel = "load_tile", .grid = dim3(1), .block = dim3(32), .shared_bytes = 4096},
           load_tile, tensor_map<Swizzle::bytes128>(from.data(), x.shape), to.data(), wrong_tile);
  };
  for_seeds([&] { load(false); });
  EXPECT_EQ(to.read(), x.values);
  expect_fault("a box of 8 x 32", [&] { load(true); });
}

TEST(TensorMap, RefusesWhatTheDriverRefuses) {
  const Global<float> x(4096);
  const auto refuse = [&](const std::string& text, const float* base, TensorBox<2> box) {
    try {
      tensor_map<Swizzle::bytes128>(base, box);
      ADD_FAILURE() << "accepted; expected an error about " << text;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(text), std::string::npos) << error.what();
    }
  };
  const TensorBox<2> good{{32, 64}, {128}, {32, 64}};
  tensor_map<Swizzle::bytes128>(x.data(), good);
  const auto with = [&](auto change) {
    TensorBox<2> box = good;
    change(box);
    return box;
  };
  refuse("multiple of 16 bytes", x.data() + 1, good);
  refuse("stride of dimension 1", x.data(), with([](auto& b) { b.strides[0] = 136; }));
  refuse("stride of dimension 1", x.data(),
         with([](auto& b) { b.strides[0] = std::uint64_t{1} << 40; }));
  refuse("257 elements along dimension 1", x.data(), with([](auto& b) { b.box[1] = 257; }));
  refuse("element stride 9", x.data(), with([](auto& b) { b.element_strides[1] = 9; }));
  refuse("dimension 1 has 0 elements", x.data(), with([](auto& b) { b.sizes[1] = 0; }));
  refuse("row of the box is 256 bytes", x.data(), with([](auto& b) { b.box[0] = 64; }));
}

// Writes consecutive numbers into a tile and stores it.
__global__ void store_tile(const __grid_constant__ TensorMap<float, 2, Swizzle::bytes128> map,
                           int column, int row, Slip slip) {
  DYNAMIC_SHARED(memory);
  const SharedTile<float, 16, 32, Swizzle::bytes128> tile{reinterpret_cast<float*>(memory)};
  const int t = static_cast<int>(threadIdx.x);
  for (int r = 0; r < 16; ++r) *tile.at(r, t) = static_cast<float>(1 + r * 32 + t);
  if (slip != Slip::no_proxy_fence) fence_proxy_async();
  __syncthreads();
  if (t == 0) {
    store_tensor(map, tile.data, column, row);
    if (slip != Slip::no_store_commit) store_commit();
    if (slip == Slip::rewritten) *tile.at(0, 0) = 0;
    store_wait_read<0>();
    *tile.at(0, 0) = 0;
    store_wait<0>();
  }
}

TEST(TmaStore, StoresWhatLiesInTheTensor) {
  Numbered<float, 2> x({70, 20});
  x.shape.box = {32, 16};
  for (const Coordinates c : {Coordinates{{0, 0}}, Coordinates{{-3, 7}}, Coordinates{{60, -4}}}) {
    const Global<float> y(x.values);
    launch({.kernel = "store_tile", .grid = dim3(1), .block = dim3(32), .shared_bytes = 2048},
           store_tile, tensor_map<Swizzle::bytes128>(y.data(), x.shape), c.at[0], c.at[1],
           Slip::none);
    std::vector<float> want = x.values;
    for_box(x.shape, c, [&](int row, int column, const auto& at) {
      if (at[0] < 0 || at[0] >= 70 || at[1] < 0 || at[1] >= 20) return;
      want[at[1] * x.shape.strides[0] / 4 + at[0]] = static_cast<float>(1 + row * 32 + column);
    });
    EXPECT_EQ(y.read(), want);
  }
}

TEST(TmaStore, MisuseIsReported) {
  Numbered<float, 2> x({32, 16});
  x.shape.box = {32, 16};
  const Global<float> y(x.values);
  const auto store = [&](Slip slip) {
    launch({.kernel = "store_tile", .grid = dim3(1), .block = dim3(32), .shared_bytes = 2048},
           store_tile, tensor_map<Swizzle::bytes128>(y.data(), x.shape), 0, 0, slip);
  };
  expect_fault("fence_proxy_async()", [&] { store(Slip::no_proxy_fence); });
  expect_fault("before its wait", [&] { store(Slip::rewritten); });
  // Without a commit there is no group to wait for.
  expect_fault("before its wait", [&] { store(Slip::no_store_commit); });
}

}  // namespace
}  // namespace backlight::kernels::sim
