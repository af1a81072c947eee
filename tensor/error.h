// The one exception type of the program, and the way messages are built.
#pragma once

#include <sstream>
#include <stdexcept>
#include <string>

namespace backlight {

// Something the user can mend: a bad file, a wrong shape, an unknown name. The message is one
// sentence that names the thing and the remedy; the program prints it and exits with 1.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Thrown at the next safe point after Ctrl-C. What was finished before stays on disk.
class Interrupted : public Error {
 public:
  Interrupted() : Error("interrupted") {}
};

// Joins its arguments into one string: str("got ", 3, " of ", 5) is "got 3 of 5".
template <typename... Parts>
std::string str(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return out.str();
}

// Throws Error with the joined message.
template <typename... Parts>
[[noreturn]] void fail(const Parts&... parts) {
  throw Error(str(parts...));
}

// Throws Error with the joined message unless `condition` holds.
template <typename... Parts>
void require(bool condition, const Parts&... parts) {
  if (!condition) fail(parts...);
}

}  // namespace backlight
