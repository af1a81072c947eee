// Memory of the host that a kernel meets: constants it may read, all else it may not touch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace backlight::sim {

// Empty for a read of a constant: memory that comes from a file of the program and that nobody can
// write, as constexpr tables do. Else why a kernel may not do this: "on the stack of another
// thread", "in memory of the host".
std::string what_is_wrong_with(std::uintptr_t address, std::size_t size, bool is_write);

}  // namespace backlight::sim
