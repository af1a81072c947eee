#include "kernels/sim/foreign.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <vector>

#include "kernels/sim/fiber.h"
#include "kernels/sim/machine.h"

namespace backlight::sim {
namespace {

struct Range {
  std::uintptr_t low, high;
  bool holds(std::uintptr_t address, std::size_t size) const {
    return address >= low && size <= high - low && address - low <= high - low - size;
  }
};

// What the program's files have mapped that cannot be written.
std::vector<Range> constant_ranges() {
  std::vector<Range> ranges;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    std::istringstream fields(line);
    Range range{};
    char dash = 0;
    std::string permissions, offset, device;
    std::uint64_t inode = 0;
    fields >> std::hex >> range.low >> dash >> range.high >> permissions >> offset >> device >>
        std::dec >> inode;
    if (inode != 0 && permissions.starts_with('r') && permissions[1] == '-')
      ranges.push_back(range);
  }
  return ranges;
}

}  // namespace

std::string what_is_wrong_with(std::uintptr_t address, std::size_t size, bool is_write) {
  static Range last{};
  if (!is_write && last.holds(address, size)) return "";
  if (address < 4096) return "through a null pointer";
  if (is_on_a_stack(address)) return "on the stack of another thread";
  static std::vector<Range> ranges;
  for (const bool is_fresh : {false, true}) {
    if (is_fresh) ranges = constant_ranges();  // a library may have been loaded since
    for (const Range& range : ranges)
      if (range.holds(address, size)) {
        if (is_write) return "in a constant";
        last = range;
        return "";
      }
  }
  return "in memory of the host, which no GPU sees";
}

}  // namespace backlight::sim
