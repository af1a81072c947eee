// Memory that a kernel may not touch, or that holds nothing yet.
#include "kernels/cuda/gpu.h"
#include "kernels/sim/shared_memory.h"
#include "tests/sim/testing.h"

namespace backlight::kernels::BACKLIGHT_GPU {
namespace {

// Whether index overflow ends a launch in this build.
#ifdef BACKLIGHT_FOREIGN_OVERFLOW_HANDLERS
constexpr bool kReportsOverflow = false;
#else
constexpr bool kReportsOverflow = true;
#endif
const char* const kNoOverflow = "in this build libubsan has the handlers of overflow";

// --- Unwritten ---

__global__ void sum_tile(float* out, int written) {
  SHARED(tile, float[32]);
  if (static_cast<int>(threadIdx.x) < written) tile[threadIdx.x] = 1;
  __syncthreads();
  if (threadIdx.x == 6) {
    float sum = 0;
    for (int i = 0; i < 32; ++i) sum += tile[i];  // here: unwritten shared
    out[0] = sum;
  }
}

TEST(Memory, UnwrittenShared) {
  const DeviceArray<float> out(1);
  const auto run = [&](int written) {
    launch({.kernel = "sum_tile", .grid = dim3(2), .block = dim3(32)}, sum_tile, out.data(),
           written);
  };
  const auto run_once = [&](int written) {
    launch({.kernel = "sum_tile", .block = dim3(32)}, sum_tile, out.data(), written);
  };
  expect_clean([&] { run_once(32); });
  EXPECT_EQ(out.read()[0], 32);
  expect_report([&] { run(31); }, {"unwritten: a read of 4 bytes in shared memory",
                                   "thread (6,0,0) at " + place("memory.cu", "unwritten shared"),
                                   "shared variable tile (128 bytes), byte 124"});
}

__global__ void copy(const float* from, float* to, int offset) {
  to[threadIdx.x] = from[static_cast<int>(threadIdx.x) + offset];  // here: copy
}

TEST(Memory, UnwrittenGlobal) {
  const DeviceArray<float> from(std::vector<float>(32, 2.0f)), unwritten(32), to(32);
  const auto run = [&](const float* source) {
    launch({.kernel = "copy", .block = dim3(32)}, copy, source, to.data(), 0);
  };
  expect_clean([&] { run(from.data()); });
  expect_report([&] { run(unwritten.data()); },
                {"unwritten: a read of 4 bytes in global memory", place("memory.cu", "copy"),
                 "allocation of 128 bytes, byte "});
  EXPECT_TRUE(holds(report_of([&] { unwritten.read(); }), {"unwritten: the host reads 128 bytes"}));
}

// --- Out of bounds ---

TEST(Memory, OutOfBoundsGlobal) {
  const DeviceArray<float> from(std::vector<float>(32, 2.0f)), to(32);
  const auto run = [&](int offset) {
    launch({.kernel = "copy", .block = dim3(32)}, copy, from.data(), to.data(), offset);
  };
  expect_report([&] { run(1); }, {"out of bounds: a read of 4 bytes in global memory",
                                  "thread (31,0,0) at " + place("memory.cu", "copy"),
                                  "allocation of 128 bytes, 0 bytes past its end"});
  expect_report([&] { run(-1); }, {"out of bounds", "thread (0,0,0)",
                                   "allocation of 128 bytes, 4 bytes before its start"});
}

__global__ void two_tiles(float* out, int index) {
  SHARED(first, float[8]);
  SHARED(second, float[8]);
  if (threadIdx.x < 8) first[threadIdx.x] = second[threadIdx.x] = 1;
  __syncthreads();
  float* tile = first;
  if (threadIdx.x == 3) tile[index] = 2;  // here: stray
  out[threadIdx.x] = 1;
}

TEST(Memory, OutOfBoundsShared) {
  const DeviceArray<float> out(32);
  const auto run = [&](int index) {
    launch({.kernel = "two_tiles", .block = dim3(32)}, two_tiles, out.data(), index);
  };
  expect_clean([&] { run(7); });
  expect_report([&] { run(8); }, {"out of bounds: a write of 4 bytes in shared memory",
                                  "thread (3,0,0) at " + place("memory.cu", "stray"),
                                  "shared variable first (32 bytes), 0 bytes past its end"});
  expect_report([&] { run(-2); },
                {"out of bounds", "shared variable first (32 bytes), 8 bytes before"});
  // Between the two variables, nearer to the second.
  expect_report([&] { run(22); },
                {"out of bounds", "shared variable second (32 bytes), 8 bytes before"});
  expect_report([&] { run(70); }, {"out of bounds", "shared variable second (32 bytes), "});
}

__global__ void dynamic(float* out, int floats) {
  DYNAMIC_SHARED(memory);
  float* tile = reinterpret_cast<float*>(memory);
  if (reinterpret_cast<std::uintptr_t>(memory) % 1024 != 0) return;
  for (int i = 0; i < floats; ++i) tile[i] = 1;  // here: dynamic
  out[0] = tile[floats - 1];
}

TEST(Memory, DynamicShared) {
  const DeviceArray<float> out(1);
  const auto run = [&](int floats) {
    launch({.kernel = "dynamic", .shared_bytes = 400}, dynamic, out.data(), floats);
  };
  expect_clean([&] { run(100); });
  EXPECT_EQ(out.read()[0], 1);
  expect_report([&] { run(101); }, {"out of bounds", place("memory.cu", "dynamic"),
                                    "dynamic shared memory (400 bytes), 0 bytes past its end"});
}

__global__ void too_much_shared(float* out) {
  SHARED(tile, float[40000]);
  SHARED(more, float[40000]);  // here: too much
  tile[0] = more[0] = 1;
  out[0] = tile[0] + more[0];
}

TEST(Memory, SharedMemoryIsFinite) {
  const DeviceArray<float> out(1);
  expect_report(
      [&] { launch({.kernel = "too_much", .block = dim3(1)}, too_much_shared, out.data()); },
      {"shared memory is full: more", "320000 bytes of 232448", place("memory.cu", "too much")});
}

__global__ void local_array(int* out, int index) {
  int values[4] = {1, 2, 3, 4};
  out[0] = values[index];  // here: local array
}

TEST(Memory, IndexOfALocalArray) {
  if (!kReportsOverflow) GTEST_SKIP() << kNoOverflow;
  const DeviceArray<int> out(1);
  const auto run = [&](int index) {
    launch({.kernel = "local_array"}, local_array, out.data(), index);
  };
  expect_clean([&] { run(3); });
  expect_report([&] { run(4); }, {"out of bounds: index 4 of an array of type 'int [4]'",
                                  place("memory.cu", "local array")});
}

// --- Misaligned ---

__global__ void wide(const float* from, float* to, int offset) {
  const float4 v = load_vector<float4>(from + offset);  // here: wide load
  store_vector(to, v);
}

TEST(Memory, Misaligned) {
  const DeviceArray<float> from(std::vector<float>(8, 2.0f)), to(8);
  const auto run = [&](int offset) {
    launch({.kernel = "wide"}, wide, from.data(), to.data(), offset);
  };
  expect_clean([&] { run(4); });
  EXPECT_EQ(std::vector<float>(to.data(), to.data() + 4), std::vector<float>(4, 2.0f));
  expect_report([&] { run(1); },
                {"misaligned: a read of 16 bytes in global memory", "4 beyond a multiple of 16",
                 "thread (0,0,0) at " + place("memory.cu", "wide load")});
}

// A struct is aligned to its widest member: copying it at an odd word is in order.
struct Pair {
  float first, second;
};

__global__ void copy_pair(const float* from, float* to) {
  *reinterpret_cast<Pair*>(to) = *reinterpret_cast<const Pair*>(from + 1);
}

TEST(Memory, StructsNeedNoMoreAlignmentThanTheirMembers) {
  const DeviceArray<float> from(std::vector<float>{1, 2, 3}), to(2);
  expect_clean([&] { launch({.kernel = "copy_pair"}, copy_pair, from.data(), to.data()); });
  EXPECT_EQ(to.read(), (std::vector<float>{2, 3}));
}

// --- After the end, and elsewhere ---

TEST(Memory, UseAfterFree) {
  const DeviceArray<float> to(32);
  const float* stale = nullptr;
  {
    const DeviceArray<float> from(std::vector<float>(32, 2.0f));
    stale = from.data();
  }
  const DeviceArray<float> later(std::vector<float>(32, 3.0f));
  expect_report([&] { launch({.kernel = "copy", .block = dim3(32)}, copy, stale, to.data(), 0); },
                {"out of bounds: a read", place("memory.cu", "copy"),
                 "freed memory (an allocation of 128 bytes)"});
}

TEST(Memory, HandedOutAgain) {
  std::byte* memory = backlight::sim::allocate(256);
  const std::vector<float> values(32, 1.0f);
  std::memcpy(memory, values.data(), 128);
  backlight::sim::mark_written(memory, 128);
  const DeviceArray<float> to(32);
  const auto run = [&](int offset) {
    launch({.kernel = "copy", .block = dim3(32)}, copy, reinterpret_cast<float*>(memory), to.data(),
           offset);
  };
  expect_clean([&] { run(0); });
  backlight::sim::hand_out(memory, 128);
  expect_report([&] { run(0); }, {"unwritten", "allocation of 128 bytes, byte "});
  expect_report([&] { run(32); }, {"out of bounds", "allocation of 128 bytes, "});
  backlight::sim::hand_out(memory, 0);
  expect_report([&] { run(0); }, {"out of bounds", "freed memory"});
  backlight::sim::deallocate(memory);
  EXPECT_THROW(backlight::sim::deallocate(memory), Error);
}

TEST(Memory, Limit) {
  const std::size_t before = backlight::sim::allocated_bytes();
  backlight::sim::set_memory_limit(before + 1000);
  EXPECT_EQ(backlight::sim::allocate(1001), nullptr);
  std::byte* memory = backlight::sim::allocate(1000);
  EXPECT_NE(memory, nullptr);
  EXPECT_EQ(backlight::sim::allocate(1), nullptr);
  backlight::sim::deallocate(memory);
  backlight::sim::set_memory_limit(std::size_t{4} << 30);
  EXPECT_EQ(backlight::sim::allocated_bytes(), before);
}

__global__ void write_to(float* pointer) {
  if (threadIdx.x == 1) *pointer = 1;  // here: host write
}

__global__ void share_a_local(float** pointers, float* out) {
  float mine = static_cast<float>(threadIdx.x);
  pointers[threadIdx.x] = &mine;
  __syncthreads();
  out[threadIdx.x] = *pointers[1 - threadIdx.x];  // here: stack of another
  __syncthreads();
}

float host_variable = 3;

TEST(Memory, HostMemory) {
  const DeviceArray<float> to(32);
  std::vector<float> on_the_heap(64, 2.0f);
  const std::string line = place("memory.cu", "host write");
  const auto write = [&](float* pointer) {
    launch({.kernel = "write_to", .block = dim3(2)}, write_to, pointer);
  };
  const auto read = [&](const float* pointer) {
    launch({.kernel = "copy", .block = dim3(32)}, copy, pointer, to.data(), 0);
  };
  expect_clean([&] { write(to.data()); });
  for (float* pointer : {on_the_heap.data(), &host_variable})
    expect_report([&] { write(pointer); }, {"host memory: a write of 4 bytes in memory of the host",
                                            "thread (1,0,0) at " + line});
  expect_report([&] { write(nullptr); }, {"through a null pointer", line});
  for (const float* pointer :
       {static_cast<const float*>(on_the_heap.data()), static_cast<const float*>(&host_variable)})
    expect_report([&] { read(pointer); },
                  {"host memory: a read of 4 bytes", place("memory.cu", "copy")});
  const DeviceArray<float*> pointers(2);
  expect_report(
      [&] {
        launch({.kernel = "share", .block = dim3(2)}, share_a_local, pointers.data(), to.data());
      },
      {"host memory: a read of 4 bytes on the stack of another thread",
       place("memory.cu", "stack of another")});
}

constexpr float kTable[] = {1, 2, 4, 8};

struct Coefficients {
  float values[4];
};

__global__ void look_up(float* out, Coefficients coefficients, int offset) {
  out[threadIdx.x] =
      kTable[(static_cast<int>(threadIdx.x) + offset) % 4] + coefficients.values[threadIdx.x];
}

TEST(Memory, ConstantsAndParametersAreFree) {
  const DeviceArray<float> out(4);
  expect_clean([&] {
    launch({.kernel = "look_up", .block = dim3(4)}, look_up, out.data(),
           Coefficients{{10, 20, 30, 40}}, 1);
  });
  EXPECT_EQ(out.read(), (std::vector<float>{12, 24, 38, 41}));
}

// --- Overflow ---

__global__ void index_far(int* out, int rows, int columns) {
  const int index = rows * columns;  // here: overflow
  out[0] = index < 0 ? 1 : 0;
}

__global__ void shift_far(int* out, int bits) {
  out[0] = 1 << bits;  // here: shift
}

TEST(Memory, IndexOverflow) {
  if (!kReportsOverflow) GTEST_SKIP() << kNoOverflow;
  const DeviceArray<int> out(1);
  const auto run = [&](int rows) {
    launch({.kernel = "index_far"}, index_far, out.data(), rows, 65536);
  };
  expect_clean([&] { run(32767); });
  expect_report([&] { run(32768); },
                {"integer overflow: 32768 * 65536 does not fit into 'int'",
                 "block (0,0,0), thread (0,0,0) at " + place("memory.cu", "overflow")});
  expect_report([&] { launch({.kernel = "shift_far"}, shift_far, out.data(), 33); },
                {"integer overflow", "cannot be shifted by 33", place("memory.cu", "shift")});
}

}  // namespace
}  // namespace backlight::kernels::BACKLIGHT_GPU
