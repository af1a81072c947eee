#include "kernels/sim/twins/wgmma.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <string>
#include <vector>

#include "kernels/sim/twins/matrix_descriptor.h"
#include "kernels/sim/twins/mma.h"
#include "kernels/sim/twins/whole_warp.h"
#include "tensor/error.h"

namespace backlight::sim {
namespace {

constexpr std::uint32_t kPoison = 0x7fc0beef;  // a NaN: what accumulators hold until the wait
constexpr std::uint32_t kWarps = 4;            // of a warpgroup

struct Arguments {
  WgmmaShape shape;
  float* d;
  const std::uint32_t* a;
  std::uint64_t a_descriptor, b_descriptor;

  bool same_product(const Arguments& other) const {
    return shape.n == other.shape.n && shape.tf32 == other.shape.tf32 &&
           shape.a_mn == other.shape.a_mn && shape.b_mn == other.shape.b_mn &&
           shape.accumulate == other.shape.accumulate && (a == nullptr) == (other.a == nullptr) &&
           a_descriptor == other.a_descriptor && b_descriptor == other.b_descriptor;
  }
};

// Sixteen rows of accumulators that wgmma owns: their true values, and where the lanes' registers
// are.
struct Owned {
  int n = 0;
  std::array<float*, kWarpSize> registers{};
  std::vector<float> values;  // [16][n]
  std::uint64_t group = 0;    // the last that adds to them
};

struct Read {
  TransferId id;
  std::uint64_t group;
};

struct WarpState {
  bool fenced = false;
  std::uint64_t open_group = 0;  // the number of groups committed so far
  std::vector<Owned> owned;
  std::vector<Read> reads;
  std::uint64_t issued = 0;             // products, ever
  std::deque<std::uint64_t> issued_by;  // products issued when group i was committed
  std::uint64_t first_group = 0;        // the group of issued_by.front()
};

struct Warpgroup {
  std::array<WarpState, kWarps> warps;
  std::deque<Arguments> products;  // that not all warps have issued
  std::uint64_t first_product = 0;
};

struct Warpgroups {
  std::array<Warpgroup, 8> groups;
};

Warpgroup& warpgroup() { return block_state<Warpgroups>().groups[warp_rank() / kWarps]; }
WarpState& warp() { return warpgroup().warps[warp_rank() % kWarps]; }

// values[i] of a lane in the 16 x n values of its warp.
std::size_t place_of(std::uint32_t lane, int i, int n) {
  const int row = static_cast<int>(lane) / 4 + i / 2 % 2 * 8;
  const int column = i / 4 * 8 + static_cast<int>(lane) % 4 * 2 + i % 2;
  return static_cast<std::size_t>(row * n + column);
}

// Notes the product, or compares it with what the other warps issued in its place.
void agree_on_product(Warpgroup& group, WarpState& self, const Arguments& product) {
  const std::uint64_t index = self.issued++ - group.first_product;
  if (index == group.products.size()) {
    group.products.push_back(product);
  } else if (!group.products[index].same_product(product)) {
    fault("the warps of a warpgroup issue different wgmmas");
  }
  std::uint64_t by_all = self.issued;
  for (const WarpState& warp : group.warps) by_all = std::min(by_all, warp.issued);
  for (; group.first_product < by_all; ++group.first_product) group.products.pop_front();
}

// One operand in shared memory, as the floats that the tensor core multiplies.
class SharedOperand {
 public:
  SharedOperand(std::uint64_t descriptor, bool mn_major, bool tf32) : tf32_(tf32) {
    std::string problem;
    operand_ = decode_matrix(descriptor, mn_major, problem);
    if (!problem.empty()) fault(problem);
  }

  // Reads `count` rows of M or N from `first` on; row r's k-th value goes to put(r, k, value).
  // Those for which is_own(row) are also marked as being read until this warp's wait.
  template <typename Own, typename Put>
  void read(std::uint32_t first, std::uint32_t count, WarpState& warp, const Own& is_own,
            const Put& put) const {
    std::vector<std::uint32_t> own;  // addresses of chunks
    for (std::uint32_t row = first; row < first + count; row += operand_.mn_major ? 8 : 1) {
      if (operand_.mn_major) {
        read_mn_major(row, is_own(row), own, put);
      } else {
        read_k_major(row, is_own(row), own, put);
      }
    }
    mark(own, warp);
  }

 private:
  template <typename Put>
  void read_k_major(std::uint32_t row, bool is_own, std::vector<std::uint32_t>& own,
                    const Put& put) const {
    for (int half = 0; half < 2; ++half) {
      std::uint32_t words[4];
      fetch(operand_.k_major_chunk(row, static_cast<std::uint32_t>(half)), words, is_own, own);
      for (int i = 0; i < 4; ++i) {
        const int at = half * 4 + i;
        if (tf32_) {
          put(row, at, tf32_operand(words[i]));
        } else {
          put(row, 2 * at, bf16_operand(words[i], 0));
          put(row, 2 * at + 1, bf16_operand(words[i], 1));
        }
      }
    }
  }

  template <typename Put>
  void read_mn_major(std::uint32_t row, bool is_own, std::vector<std::uint32_t>& own,
                     const Put& put) const {
    for (int k = 0; k < 16; ++k) {
      std::uint32_t words[4];
      fetch(operand_.mn_major_chunk(row / 8, static_cast<std::uint32_t>(k)), words, is_own, own);
      for (int i = 0; i < 8; ++i) {
        put(row + static_cast<std::uint32_t>(i), k, bf16_operand(words[i / 2], i % 2));
      }
    }
  }

  static void fetch(std::uint32_t address, std::uint32_t (&words)[4], bool is_own,
                    std::vector<std::uint32_t>& own) {
    const void* from = shared_pointer(address);
    if (is_own) {
      own.push_back(address);
    } else {
      read_checked(from, sizeof words);
    }
    std::memcpy(words, from, sizeof words);
  }

  // Checks and marks these chunks, as few ranges of addresses.
  static void mark(std::vector<std::uint32_t>& chunks, WarpState& warp) {
    std::sort(chunks.begin(), chunks.end());
    for (std::size_t i = 0, end = 0; i < chunks.size(); i = end) {
      for (end = i + 1; end < chunks.size() && chunks[end] == chunks[end - 1] + 16;) ++end;
      const void* from = shared_pointer(chunks[i]);
      const std::size_t bytes = 16 * (end - i);
      check_async_visible(from, bytes, "wgmma");
      warp.reads.push_back({begin_async_read(from, bytes, "wgmma"), warp.open_group});
    }
  }

  MatrixOperand operand_;
  bool tf32_;
};

// The warp's 16 rows of A.
std::vector<float> read_a(void* const (&lanes)[kWarpSize], const Arguments& product,
                          WarpState& self) {
  const bool tf32 = product.shape.tf32;
  const int depth = tf32 ? 8 : 16;
  std::vector<float> a(static_cast<std::size_t>(16 * depth));
  if (!product.a) {
    const std::uint32_t first = warp_rank() % kWarps * 16;
    const SharedOperand operand(product.a_descriptor, product.shape.a_mn, tf32);
    operand.read(
        first, 16, self, [](std::uint32_t) { return true; },
        [&](std::uint32_t row, int k, float value) {
          a[(row - first) * static_cast<std::size_t>(depth) + static_cast<std::size_t>(k)] = value;
        });
    return a;
  }
  for (int l = 0; l < 32; ++l) {
    const std::uint32_t* registers = static_cast<const Arguments*>(lanes[l])->a;
    for (int i = 0; i < 4; ++i) {
      float* row = &a[static_cast<std::size_t>((l / 4 + i % 2 * 8) * depth)];
      if (tf32) {
        row[l % 4 + i / 2 * 4] = tf32_operand(registers[i]);
      } else {
        row[l % 4 * 2 + i / 2 * 8] = bf16_operand(registers[i], 0);
        row[l % 4 * 2 + i / 2 * 8 + 1] = bf16_operand(registers[i], 1);
      }
    }
  }
  return a;
}

// All of B, [k][n]. The four warps share the work of marking it as being read.
std::vector<float> read_b(const Arguments& product, WarpState& self) {
  const auto n = static_cast<std::uint32_t>(product.shape.n);
  const int depth = product.shape.tf32 ? 8 : 16;
  std::vector<float> b(static_cast<std::size_t>(depth) * n);
  const std::uint32_t mine = warp_rank() % kWarps;
  const SharedOperand operand(product.b_descriptor, product.shape.b_mn, product.shape.tf32);
  operand.read(
      0, n, self, [&](std::uint32_t row) { return row / 8 % kWarps == mine || n == 8; },
      [&](std::uint32_t row, int k, float value) {
        b[static_cast<std::size_t>(k) * n + row] = value;
      });
  return b;
}

// The accumulators of this product: those wgmma owns already, or what the registers hold.
Owned& take_accumulators(void* const (&lanes)[kWarpSize], int n, WarpState& self) {
  const float* first = static_cast<const Arguments*>(lanes[0])->d;
  for (Owned& owned : self.owned) {
    if (owned.registers[0] != first) continue;
    if (owned.n != n) fault("a wgmma of another shape uses accumulators before the wait");
    return owned;
  }
  if (!self.fenced) {
    fault("a wgmma starts on accumulators that may have been touched since the last wgmma_fence");
  }
  Owned owned;
  owned.n = n;
  owned.values.resize(static_cast<std::size_t>(16 * n));
  for (std::uint32_t l = 0; l < kWarpSize; ++l) {
    owned.registers[l] = static_cast<const Arguments*>(lanes[l])->d;
    for (int i = 0; i < n / 2; ++i) owned.values[place_of(l, i, n)] = owned.registers[l][i];
    for (int i = 0; i < n / 2; ++i) std::memcpy(&owned.registers[l][i], &kPoison, sizeof kPoison);
  }
  return self.owned.emplace_back(std::move(owned));
}

void check_untouched(const Owned& owned) {
  for (const float* registers : owned.registers) {
    for (int i = 0; i < owned.n / 2; ++i) {
      if (std::memcmp(&registers[i], &kPoison, sizeof kPoison) != 0) {
        fault("accumulators were written before the wait for their wgmma");
      }
    }
  }
}

void execute(void* const (&lanes)[kWarpSize]) {
  const Arguments& product = *static_cast<const Arguments*>(lanes[0]);
  for (const void* lane : lanes) {
    if (!static_cast<const Arguments*>(lane)->same_product(product)) {
      fault("the lanes of a warp issue different wgmmas");
    }
  }
  Warpgroup& group = warpgroup();
  WarpState& self = warp();
  agree_on_product(group, self, product);
  Owned& owned = take_accumulators(lanes, product.shape.n, self);
  check_untouched(owned);
  owned.group = self.open_group;
  const std::vector<float> a = read_a(lanes, product, self);
  const std::vector<float> b = read_b(product, self);
  if (!product.shape.accumulate) std::fill(owned.values.begin(), owned.values.end(), 0.0f);
  multiply_16_rows(owned.values.data(), a.data(), b.data(), product.shape.n,
                   product.shape.tf32 ? 8 : 16);
  count(product.shape.tf32 ? Instruction::wgmma_tf32 : Instruction::wgmma_bf16);
}

void fence(void* const (&)[kWarpSize]) { warp().fenced = true; }

void commit(void* const (&)[kWarpSize]) {
  WarpState& self = warp();
  self.issued_by.push_back(self.issued);
  ++self.open_group;
}

void give_back(const Owned& owned) {
  check_untouched(owned);
  for (std::uint32_t l = 0; l < kWarpSize; ++l) {
    for (int i = 0; i < owned.n / 2; ++i) {
      owned.registers[l][i] = owned.values[place_of(l, i, owned.n)];
    }
  }
}

// Ends what belongs to groups before `end`.
void complete(WarpState& self, std::uint64_t end) {
  std::erase_if(self.owned, [&](const Owned& owned) {
    if (owned.group >= end) return false;
    give_back(owned);
    self.fenced = false;
    return true;
  });
  std::erase_if(self.reads, [&](const Read& read) {
    if (read.group >= end) return false;
    end_async_read(read.id);
    return true;
  });
  for (; self.first_group < end; ++self.first_group) self.issued_by.pop_front();
}

struct WaitArguments {
  std::uint64_t end;
};

void wait(void* const (&lanes)[kWarpSize]) {
  complete(warp(), static_cast<const WaitArguments*>(lanes[0])->end);
}

}  // namespace

void wgmma(const WgmmaShape& shape, float* d, const std::uint32_t* a, std::uint64_t a_descriptor,
           std::uint64_t b_descriptor) {
  const CallSite site(__builtin_return_address(0));
  Arguments arguments{shape, d, a, a_descriptor, b_descriptor};
  whole_warp<execute>("wgmma.mma_async", &arguments);
}

void wgmma_fence() {
  const CallSite site(__builtin_return_address(0));
  whole_warp<fence>("wgmma.fence", nullptr);
}

void wgmma_commit() {
  const CallSite site(__builtin_return_address(0));
  whole_warp<commit>("wgmma.commit_group", nullptr);
}

void wgmma_wait(int newest) {
  const CallSite site(__builtin_return_address(0));
  WarpState& self = warp();
  const auto left = static_cast<std::uint64_t>(newest);
  WaitArguments arguments{self.open_group > left ? self.open_group - left : 0};
  // A warpgroup's product is done when all four warps have issued it.
  if (arguments.end > self.first_group) {
    const std::uint64_t issued = self.issued_by[arguments.end - 1 - self.first_group];
    const Warpgroup& group = warpgroup();
    wait_until("the other warps of the warpgroup to issue the same wgmmas", [&] {
      for (const WarpState& warp : group.warps) {
        if (warp.issued < issued) return false;
      }
      return true;
    });
  }
  whole_warp<wait>("wgmma.wait_group", &arguments);
}

void check_given_back(const float* d) {
  const CallSite site(__builtin_return_address(0));
  for (const Owned& owned : warp().owned) {
    if (owned.registers[lane()] == d) {
      fault("a wgmma_wait leaves a group running that adds to the accumulators it names");
    }
  }
}

}  // namespace backlight::sim
