// The budgets of kernels: what ptxas may give each, and the comparison with what it gave.
#pragma once

#include <algorithm>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tensor/error.h"

namespace backlight::testing {

// A line of kernel_registers.txt of a build folder (what a kernel has), or of register_budgets.txt
// beside this file (the most that kernels of a pattern may have; * is any text).
struct KernelLine {
  int architecture = 0;
  int registers = 0;      // of a thread
  int shared_bytes = 0;   // static, of a block
  int local_bytes = 0;    // of a thread: arrays that do not lie in registers
  int spilled_bytes = 0;  // stored and loaded; only of kernel_registers.txt
  std::string kernel;
};

struct KernelTable {
  std::vector<KernelLine> lines;
  std::vector<std::string> losses;  // what ptxas said costs time
};

// Reads either file; only one of them has a column of spilled bytes. Lines that begin with # are
// remarks. Errors: a line that is none of these.
inline KernelTable parse_kernel_table(const std::string& text, bool has_spills) {
  constexpr std::string_view kLoss = "loss ";
  KernelTable table;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    if (line.starts_with(kLoss)) {
      table.losses.push_back(line.substr(kLoss.size()));
      continue;
    }
    std::istringstream words(line);
    KernelLine kernel;
    words >> kernel.architecture >> kernel.registers >> kernel.shared_bytes >> kernel.local_bytes;
    if (has_spills) words >> kernel.spilled_bytes;
    std::getline(words >> std::ws, kernel.kernel);
    require(!words.fail() && !kernel.kernel.empty(), "not a line of a kernel: ", line);
    table.lines.push_back(kernel);
  }
  return table;
}

// Whether `text` is `pattern`, in which * stands for any text.
inline bool matches_pattern(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*')
    return matches_pattern(pattern.substr(1), text) ||
           (!text.empty() && matches_pattern(pattern, text.substr(1)));
  return !text.empty() && pattern[0] == text[0] &&
         matches_pattern(pattern.substr(1), text.substr(1));
}

// What is wrong, a sentence each: a kernel that spills, has more than its budget, or has none; a
// budget of no kernel. The first budget whose pattern fits a kernel is its own. Budgets of
// architectures that were not compiled for say nothing.
inline std::vector<std::string> compare_with_budgets(const KernelTable& kernels,
                                                     const std::vector<KernelLine>& budgets) {
  std::vector<std::string> wrong;
  const auto complain = [&](const auto&... parts) { wrong.push_back(str(parts...)); };
  std::vector<bool> is_used(budgets.size());
  std::map<int, bool> compiled;
  for (const std::string& loss : kernels.losses) complain("ptxas warns: ", loss);
  for (const KernelLine& kernel : kernels.lines) {
    const std::string name = str(kernel.kernel, " for sm_", kernel.architecture);
    compiled[kernel.architecture] = true;
    if (kernel.spilled_bytes > 0)
      complain(name, " spills: ", kernel.spilled_bytes, " bytes of registers go through memory");
    const auto budget = std::find_if(budgets.begin(), budgets.end(), [&](const KernelLine& b) {
      return b.architecture == kernel.architecture && matches_pattern(b.kernel, kernel.kernel);
    });
    if (budget == budgets.end()) {
      complain(name, " has no budget");
      continue;
    }
    is_used[static_cast<std::size_t>(budget - budgets.begin())] = true;
    const auto check = [&](const char* what, int has, int may_have) {
      if (has > may_have) complain(name, " takes ", has, " ", what, "; its budget is ", may_have);
    };
    check("registers", kernel.registers, budget->registers);
    check("bytes of static shared memory", kernel.shared_bytes, budget->shared_bytes);
    check("bytes of local memory", kernel.local_bytes, budget->local_bytes);
  }
  for (std::size_t i = 0; i < budgets.size(); ++i)
    if (compiled[budgets[i].architecture] && !is_used[i])
      complain("the budget of ", budgets[i].kernel, " for sm_", budgets[i].architecture,
               " is that of no kernel");
  return wrong;
}

// Budgets that fit: registers rounded up to a multiple of 8, the unit in which a multiprocessor
// gives them to a thread; the instances of a template share one.
inline std::vector<KernelLine> budgets_for(const KernelTable& kernels) {
  std::map<std::pair<std::string, int>, KernelLine> budgets;
  for (const KernelLine& kernel : kernels.lines) {
    const std::size_t arguments = kernel.kernel.find('<');
    const std::string pattern =
        arguments == std::string::npos ? kernel.kernel : kernel.kernel.substr(0, arguments) + "<*>";
    KernelLine& budget = budgets[{pattern, kernel.architecture}];
    budget.architecture = kernel.architecture;
    budget.kernel = pattern;
    budget.registers = std::max(budget.registers, (kernel.registers + 7) / 8 * 8);
    budget.shared_bytes = std::max(budget.shared_bytes, kernel.shared_bytes);
    budget.local_bytes = std::max(budget.local_bytes, kernel.local_bytes);
  }
  std::vector<KernelLine> lines;
  for (const auto& [key, line] : budgets) lines.push_back(line);
  return lines;
}

}  // namespace backlight::testing
