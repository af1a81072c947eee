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

// What ptxas's choices may vary by among instances of one template that share a budget.
inline constexpr int kLikeRegisters = 16;

// Budgets that fit: registers rounded up to a multiple of 8, the unit in which a multiprocessor
// gives them to a thread. The instances of a template share one, unless their registers differ by
// more than kLikeRegisters.
inline std::vector<KernelLine> budgets_for(const KernelTable& kernels) {
  std::map<std::pair<std::string, int>, std::vector<KernelLine>> templates;
  for (const KernelLine& kernel : kernels.lines) {
    const std::size_t arguments = kernel.kernel.find('<');
    const bool is_instance = arguments != std::string::npos;
    const std::string pattern =
        is_instance ? kernel.kernel.substr(0, arguments) + "<*>" : kernel.kernel;
    templates[{pattern, kernel.architecture}].push_back(kernel);
    KernelLine& own = templates[{pattern, kernel.architecture}].back();
    own.registers = (own.registers + 7) / 8 * 8;
    own.spilled_bytes = 0;
  }
  std::vector<KernelLine> budgets;
  for (const auto& [key, instances] : templates) {
    KernelLine most = instances[0];
    int least = most.registers;
    for (const KernelLine& instance : instances) {
      most.registers = std::max(most.registers, instance.registers);
      most.shared_bytes = std::max(most.shared_bytes, instance.shared_bytes);
      most.local_bytes = std::max(most.local_bytes, instance.local_bytes);
      least = std::min(least, instance.registers);
    }
    most.kernel = key.first;
    if (most.registers - least <= kLikeRegisters)
      budgets.push_back(most);
    else
      budgets.insert(budgets.end(), instances.begin(), instances.end());
  }
  return budgets;
}

}  // namespace backlight::testing
