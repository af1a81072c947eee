// The registers and memory that nvcc gave every kernel, against the budgets of
// register_budgets.txt.
#include "kernels/registers.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/build/register_budgets.h"
#include "tests/testing.h"

namespace backlight::testing {
namespace {

namespace fs = std::filesystem;

const char* const kHowToUpdate =
    "If the change is wanted, write the budgets again with\n  cmake --build BUILD_FOLDER --target "
    "update_register_budgets\nand look at what became of tests/build/register_budgets.txt.";

std::string text_of(const fs::path& path) {
  std::ifstream in(path);
  EXPECT_TRUE(in) << path;
  return {std::istreambuf_iterator<char>(in), {}};
}

KernelTable built_kernels() {
  return parse_kernel_table(text_of(BACKLIGHT_KERNEL_REGISTERS), true);
}

TEST(Registers, AreWithinTheirBudgets) {
  if (!BACKLIGHT_HAS_CUDA) GTEST_SKIP() << "built without nvcc, so no kernel was compiled";
  const fs::path file = fs::path(BACKLIGHT_SOURCE_DIR) / "tests/build/register_budgets.txt";
  const KernelTable kernels = built_kernels();
  EXPECT_GT(kernels.lines.size(), 20u);
  const auto wrong = compare_with_budgets(kernels, parse_kernel_table(text_of(file), false).lines);
  for (const std::string& sentence : wrong) ADD_FAILURE() << sentence;
  EXPECT_TRUE(wrong.empty()) << kHowToUpdate;
}

TEST(Registers, AreInTheProgram) {
  if (!BACKLIGHT_HAS_CUDA) {
    EXPECT_TRUE(kernels::kernel_resources(90).empty());
    return;
  }
  // The table has the ladder's kernels as well, which are not in the program.
  const KernelTable table = built_kernels();
  std::size_t in_program = 0;
  for (const int architecture : {80, 90})
    for (const auto& kernel : kernels::kernel_resources(architecture)) {
      ++in_program;
      const bool found =
          std::any_of(table.lines.begin(), table.lines.end(), [&](const KernelLine& line) {
            return line.architecture == architecture && line.kernel == kernel.kernel &&
                   line.registers == kernel.registers && line.shared_bytes == kernel.shared_bytes;
          });
      EXPECT_TRUE(found) << kernel.kernel << " for sm_" << architecture;
    }
  EXPECT_GT(in_program, 100u);
  EXPECT_TRUE(kernels::kernel_resources(70).empty());
}

TEST(Registers, NamesOfKernelsAreShortened) {
  const auto plain = kernels::plain_kernel_name;
  EXPECT_EQ(plain("void backlight::kernels::cuda::(anonymous namespace)::softmax_kernel<8, true>"
                  "(float const*, float*, long)"),
            "softmax_kernel<8, true>");
  EXPECT_EQ(plain("backlight::kernels::sim::fill(unsigned char*, void (*)(int))"), "fill");
  EXPECT_EQ(plain("void backlight::kernels::cuda::(anonymous namespace)::each<"
                  "backlight::kernels::cuda::(anonymous namespace)::Add, (Kind)2>(int)"),
            "each<Add, (Kind)2>");
}

KernelTable kernels_of(const std::string& text) { return parse_kernel_table(text, true); }

// The complaints about kernels under budgets, a line each.
std::string complaints(const std::string& kernels, const std::string& budgets) {
  std::string all;
  for (const std::string& sentence :
       compare_with_budgets(kernels_of(kernels), parse_kernel_table(budgets, false).lines))
    all += sentence + "\n";
  return all;
}

TEST(RegisterBudgets, HoldWhatFits) {
  EXPECT_EQ(complaints("# remark\n80 32 64 0 0 a<1, 2>\n90 40 64 0 0 a<1, 2>\n90 8 0 0 0 b\n",
                       "80 32 64 0 a<*>\n90 40 128 0 a<1*>\n90 8 0 0 b\n"),
            "");
}

TEST(RegisterBudgets, NameEachExcess) {
  EXPECT_EQ(complaints("90 41 0 0 0 a\n", "90 40 0 0 a\n"),
            "a for sm_90 takes 41 registers; its budget is 40\n");
  EXPECT_EQ(complaints("90 40 16 0 0 a\n", "90 40 8 0 a\n"),
            "a for sm_90 takes 16 bytes of static shared memory; its budget is 8\n");
  EXPECT_EQ(complaints("90 40 0 8 0 a\n", "90 40 0 0 a\n"),
            "a for sm_90 takes 8 bytes of local memory; its budget is 0\n");
}

TEST(RegisterBudgets, AllowNoSpill) {
  EXPECT_EQ(complaints("90 255 0 8 12 a\n", "90 255 0 8 a\n"),
            "a for sm_90 spills: 12 bytes of registers go through memory\n");
}

TEST(RegisterBudgets, AllowNoSlowness) {
  EXPECT_EQ(complaints("loss wgmma is serialised in a\n90 8 0 0 0 a\n", "90 8 0 0 a\n"),
            "ptxas warns: wgmma is serialised in a\n");
}

TEST(RegisterBudgets, AreOfEveryKernel) {
  EXPECT_EQ(complaints("80 8 0 0 0 a\n90 8 0 0 0 a\n", "90 8 0 0 a\n"),
            "a for sm_80 has no budget\n");
}

TEST(RegisterBudgets, AreOfKernelsThatExist) {
  EXPECT_EQ(complaints("90 8 0 0 0 a\n", "90 8 0 0 a\n90 8 0 0 gone<*>\n80 8 0 0 a\n"),
            "the budget of gone<*> for sm_90 is that of no kernel\n");
}

TEST(RegisterBudgets, TheFirstThatFitsCounts) {
  EXPECT_EQ(complaints("90 32 0 0 0 a<1>\n90 64 0 0 0 a<2>\n", "90 32 0 0 a<1>\n90 64 0 0 a<*>\n"),
            "");
  EXPECT_NE(complaints("90 33 0 0 0 a<1>\n90 64 0 0 0 a<2>\n", "90 32 0 0 a<1>\n90 64 0 0 a<*>\n"),
            "");
}

TEST(RegisterBudgets, AreWrittenSoThatTheyHold) {
  const KernelTable kernels = kernels_of(
      "80 30 4 8 0 a<1>\n80 33 0 0 0 a<2>\n90 7 0 0 0 b\n90 8 0 0 0 c<1>\n90 99 0 0 0 c<2>\n");
  const auto budgets = budgets_for(kernels);
  ASSERT_EQ(budgets.size(), 4u);
  EXPECT_EQ(budgets[0].kernel, "a<*>");
  EXPECT_EQ(budgets[0].registers, 40);
  EXPECT_EQ(budgets[1].kernel, "b");
  EXPECT_EQ(budgets[2].kernel, "c<1>");
  EXPECT_EQ(budgets[3].registers, 104);
  EXPECT_TRUE(compare_with_budgets(kernels, budgets).empty());
}

TEST(RegisterBudgets, RefuseLinesTheyCannotRead) {
  EXPECT_NE(message_of([] { parse_kernel_table("90 eight 0 0 0 a\n", true); }), "");
  EXPECT_NE(message_of([] { parse_kernel_table("90 8 0 0\n", false); }), "");
}

#ifdef BACKLIGHT_REGISTERS_TOOL
// The tool that gathers what ptxas says, on a report like ptxas's own.
TEST(RegistersTool, ReadsWhatPtxasSays) {
  const fs::path folder = fs::path(::testing::TempDir()) / "backlight_registers_test";
  fs::create_directories(folder);
  std::ofstream(folder / "kernel.o.ptxas")
      << "ptxas info    : 0 bytes gmem\n"
         "ptxas info    : Compiling entry function '_Z6doubleILi2EEvPf' for 'sm_90a'\n"
         "ptxas info    : Function properties for _Z6doubleILi2EEvPf\n"
         "    16 bytes stack frame, 4 bytes spill stores, 8 bytes spill loads\n"
         "ptxas info    : Used 57 registers, used 1 barriers, 16 bytes cumulative stack size, "
         "1024 bytes smem, 376 bytes cmem[0]\n"
         "ptxas info    : Compiling entry function 'plain' for 'sm_80'\n"
         "ptxas info    : Function properties for plain\n"
         "    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads\n"
         "ptxas info    : Used 8 registers, used 0 barriers\n"
         "ptxas info    : (C7510) Potential Performance Loss: wgmma is serialised\n";
  const std::string command =
      str("'", BACKLIGHT_REGISTERS_TOOL, "' table '", (folder / "table").string(), "' '",
          (folder / "kernel.o").string(), "'");
  ASSERT_EQ(std::system(command.c_str()), 0);
  EXPECT_EQ(text_of(folder / "table"),
            "# architecture registers shared_bytes local_bytes spilled_bytes kernel\n"
            "loss wgmma is serialised\n"
            "80 8 0 0 0 plain\n"
            "90 57 1024 16 12 double<2>\n");
  EXPECT_NE(
      std::system((command + " '" + (folder / "missing.o").string() + "' 2>/dev/null").c_str()), 0);
  fs::remove_all(folder);
}
#endif

}  // namespace
}  // namespace backlight::testing
