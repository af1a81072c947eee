// update_register_budgets KERNELS BUDGETS: writes budgets that fit the kernels of a build.
#include <cstdio>
#include <fstream>
#include <iterator>

#include "tests/build/register_budgets.h"

int main(int argc, char** argv) try {
  using namespace backlight;
  require(argc == 3, "usage: update_register_budgets KERNELS BUDGETS");
  std::ifstream in(argv[1]);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const testing::KernelTable kernels = testing::parse_kernel_table(text, true);
  require(!kernels.lines.empty(), argv[1], " holds no kernels");
  std::ofstream out(argv[2]);
  out << "# The most that nvcc may give kernels: registers of a thread, bytes of static shared "
         "memory of a\n# block, bytes of local memory of a thread. Spills are never allowed. The "
         "first pattern that fits\n# counts. Written again by the target update_register_budgets.\n"
         "# architecture registers shared_bytes local_bytes kernel\n";
  for (const testing::KernelLine& line : testing::budgets_for(kernels))
    out << line.architecture << " " << line.registers << " " << line.shared_bytes << " "
        << line.local_bytes << " " << line.kernel << "\n";
  require(static_cast<bool>(out.flush()), argv[2], " cannot be written");
} catch (const std::exception& error) {
  std::fprintf(stderr, "update_register_budgets: %s\n", error.what());
  return 1;
}
