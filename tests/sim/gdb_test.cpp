// gdb can stop in a kernel, on a line of its source, and show a thread's variables.
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "tests/sim/testing.h"

namespace backlight::kernels::sim {
namespace {

std::string output_of(const std::string& command) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string output;
  std::array<char, 4096> buffer;
  while (std::fgets(buffer.data(), buffer.size(), pipe.get())) output += buffer.data();
  return output;
}

TEST(Gdb, StopsInAKernel) {
  if (output_of("gdb --version 2>/dev/null").empty()) GTEST_SKIP() << "gdb is not installed";
  const std::string line = place("gdb.cu", "stop");
  const std::string program = std::filesystem::read_symlink("/proc/self/exe");
  const std::string output =
      output_of("gdb --batch --nx -ex 'set debuginfod enabled off' -ex 'break gdb.cu" +
                line.substr(line.find(':')) +
                " if square == 441' -ex run -ex 'print square' -ex backtrace --args " + program +
                " --gtest_filter=Gdb.Kernel 2>&1");
  if (output.find("ptrace") != std::string::npos) GTEST_SKIP() << "gdb may not trace here";
  EXPECT_TRUE(holds(output, {"Breakpoint 1, ", "$1 = 441", "squares (out=0x", "gdb.cu"}));
}

}  // namespace
}  // namespace backlight::kernels::sim
