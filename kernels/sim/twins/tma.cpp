#include "kernels/sim/twins/tma.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <deque>
#include <utility>
#include <vector>

#include "kernels/sim/engine.h"
#include "kernels/sim/twins/mbarrier.h"
#include "kernels/sim/twins/mma.h"
#include "tensor/error.h"

namespace backlight::sim {
namespace {

struct Stores {
  std::vector<TransferId> open;                // since the last commit
  std::deque<std::vector<TransferId>> groups;  // the oldest first
};

// The part of a box's row that lies in the tensor.
struct Row {
  std::uint64_t first = 0, count = 0;  // elements of the row that lie in the tensor
  std::byte* in_tensor = nullptr;      // where `first` is in global memory
};

class Box {
 public:
  Box(const TensorMapFields& map, const void* shared, const int* coordinates)
      : map_(map), address_(shared_offset(shared)), coordinates_(coordinates) {
    if (reinterpret_cast<std::uintptr_t>(&map) % 64 != 0) {
      fault("a tensor map is not aligned to 64 bytes");
    }
    if (address_ % 128 != 0) {
      fault(str("a box at shared address ", address_, " is not aligned to 128 bytes"));
    }
  }

  std::size_t element() const { return map_.strides[0]; }
  std::size_t row_bytes() const { return map_.box[0] * element(); }
  std::size_t rows() const {
    std::size_t rows = 1;
    for (int d = 1; d < map_.rank; ++d) rows *= map_.box[d];
    return rows;
  }
  std::size_t bytes() const { return rows() * row_bytes(); }

  Row row(std::size_t index) const {
    const std::byte* start = map_.base;
    for (int d = 1; d < map_.rank; ++d) {
      const std::int64_t at = coordinates_[d] + static_cast<std::int64_t>(index % map_.box[d]) *
                                                    static_cast<std::int64_t>(map_.steps[d]);
      index /= map_.box[d];
      if (at < 0 || at >= static_cast<std::int64_t>(map_.sizes[d])) return {};
      start += static_cast<std::uint64_t>(at) * map_.strides[d];
    }
    const std::int64_t first = std::max<std::int64_t>(coordinates_[0], 0);
    const std::int64_t end = std::min(std::int64_t{coordinates_[0]} + map_.box[0],
                                      static_cast<std::int64_t>(map_.sizes[0]));
    if (end <= first) return {};
    return {static_cast<std::uint64_t>(first - coordinates_[0]),
            static_cast<std::uint64_t>(end - first),
            const_cast<std::byte*>(start) + static_cast<std::uint64_t>(first) * element()};
  }

  // Where byte `byte` of a row, a multiple of 16, lies in the box's shared memory: bits 4 and up of
  // the address are XORed with bits 7 and up, as many as tell the chunks of a span apart.
  std::size_t chunk(std::size_t row, std::size_t byte) const {
    const std::size_t plain = address_ + row * row_bytes() + byte;
    return (plain ^ (plain >> 7 & (map_.span / 16u - 1)) << 4) - address_;
  }

 private:
  const TensorMapFields& map_;
  std::uint32_t address_;
  const int* coordinates_;
};

// Checks an access to consecutive elements, which are aligned to their own size only: a piece of
// 16 bytes or fewer is checked element by element, since its size would ask for more.
template <typename Check>
void check_row(const Row& row, std::size_t element, const Check& check) {
  const std::size_t bytes = row.count * element;
  if (bytes > 16) return check(row.in_tensor, bytes);
  for (std::size_t at = 0; at < bytes; at += element) check(row.in_tensor + at, element);
}

void round_row(std::byte* row, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; i += sizeof(float)) {
    float x;
    std::memcpy(&x, row + i, sizeof x);
    x = round_to_tf32_even(x);
    std::memcpy(row + i, &x, sizeof x);
  }
}

}  // namespace

void check_box(const TensorMapFields& map, int rows, int columns) {
  const CallSite site(__builtin_return_address(0));
  int box_rows = 1;
  for (int d = 1; d < map.rank; ++d) box_rows *= map.box[d];
  if (box_rows != rows || map.box[0] != columns) {
    fault(str("a tile of ", rows, " x ", columns, " elements is loaded with a box of ", box_rows,
              " x ", map.box[0]));
  }
}

void tma_load(void* destination, const TensorMapFields& map, std::uint64_t* barrier,
              const int* coordinates) {
  const CallSite site(__builtin_return_address(0));
  const Box box(map, destination, coordinates);
  Delivery delivery{0, destination, std::vector<std::byte>(box.bytes())};
  std::vector<std::byte> bytes(box.row_bytes());
  for (std::size_t i = 0; i < box.rows(); ++i) {
    const Row row = box.row(i);
    std::fill(bytes.begin(), bytes.end(), std::byte{0});
    check_row(row, box.element(), read_checked);
    if (row.count > 0) {
      std::memcpy(&bytes[row.first * box.element()], row.in_tensor, row.count * box.element());
    }
    if (map.round_to_tf32) round_row(bytes.data(), bytes.size());
    for (std::size_t byte = 0; byte < bytes.size(); byte += 16) {
      std::memcpy(&delivery.data[box.chunk(i, byte)], &bytes[byte], 16);
    }
  }
  check_async_visible(destination, box.bytes(), "TMA load");  // else a store may come after it
  count(Instruction::tma_load, 1, box.bytes());
  delivery.transfer = begin_transfer(destination, box.bytes(), "TMA load");
  deliver_on(barrier, std::move(delivery));
}

void tma_store(const TensorMapFields& map, const void* source, const int* coordinates) {
  const CallSite site(__builtin_return_address(0));
  const Box box(map, source, coordinates);
  check_async_visible(source, box.bytes(), "TMA store");
  thread_state<Stores>().open.push_back(begin_async_read(source, box.bytes(), "TMA store"));
  std::vector<std::byte> bytes(box.row_bytes());
  for (std::size_t i = 0; i < box.rows(); ++i) {
    for (std::size_t byte = 0; byte < bytes.size(); byte += 16) {
      std::memcpy(&bytes[byte], static_cast<const std::byte*>(source) + box.chunk(i, byte), 16);
    }
    const Row row = box.row(i);
    check_row(row, box.element(), write_checked);
    if (row.count > 0) {
      std::memcpy(row.in_tensor, &bytes[row.first * box.element()], row.count * box.element());
    }
  }
  count(Instruction::tma_store, 1, box.bytes());
}

void tma_store_commit() {
  const CallSite site(__builtin_return_address(0));
  Stores& stores = thread_state<Stores>();
  stores.groups.push_back(std::move(stores.open));
  stores.open.clear();
}

void tma_store_wait(int newest) {
  const CallSite site(__builtin_return_address(0));
  auto& groups = thread_state<Stores>().groups;
  while (groups.size() > static_cast<std::size_t>(newest)) {
    for (const TransferId read : groups.front()) end_async_read(read);
    groups.pop_front();
  }
}

}  // namespace backlight::sim
