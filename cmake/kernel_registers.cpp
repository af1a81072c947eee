// A tool of the build: gathers what ptxas said of every kernel.
//
//   kernel_registers table|include FILE OBJECT...
//
// Each OBJECT has its report in OBJECT.ptxas (see keep_ptxas.sh). FILE gets a line for each kernel
// and architecture: as a table for tests and people, or to be included by kernels/registers.cpp.
#include <cxxabi.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "kernels/kernel_name.h"

namespace {

struct Resources {
  int registers = 0, shared_bytes = 0, local_bytes = 0, spilled_bytes = 0;
};

struct Report {
  std::map<std::pair<int, std::string>, Resources> kernels;  // by architecture (80, 90) and name
  std::set<std::string> losses;  // what ptxas found slow, such as wgmma one after another
};

std::string demangled(const std::string& symbol) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name(
      abi::__cxa_demangle(symbol.c_str(), nullptr, nullptr, &status), &std::free);
  return status == 0 ? name.get() : symbol;
}

// The number that stands right before `unit`; 0 if there is none.
int number_before(const std::string& line, const std::string& unit) {
  const std::size_t end = line.find(" " + unit);
  if (end == std::string::npos || end == 0) return 0;
  const std::size_t begin = line.find_last_not_of("0123456789", end - 1) + 1;
  return std::atoi(line.substr(begin, end - begin).c_str());
}

// What stands between the n-th pair of single quotes, n = 0, 1, ...
std::string quoted(const std::string& line, int n) {
  std::size_t begin = line.find('\'') + 1;
  for (; n > 0; --n) begin = line.find('\'', line.find('\'', begin) + 1) + 1;
  return line.substr(begin, line.find('\'', begin) - begin);
}

// ptxas says of each kernel
//   ptxas info    : Compiling entry function '_Z...' for 'sm_90a'
//       0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
//   ptxas info    : Used 32 registers, used 1 barriers, 64 bytes smem, 384 bytes cmem[0]
// where the second line comes again for each function that was not inlined into the kernel.
void read(const std::string& path, Report& report) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error(path + " is missing: build again from an empty folder");
  std::pair<int, std::string> key;
  Resources now;
  for (std::string line; std::getline(in, line);) {
    if (line.find("Compiling entry function") != std::string::npos) {
      const int architecture = std::atoi(quoted(line, 1).substr(3).c_str());  // after sm_
      key = {architecture, backlight::kernels::kernel_name::plain(demangled(quoted(line, 0)))};
      now = {};
    } else if (line.find("bytes spill") != std::string::npos) {
      now.local_bytes += number_before(line, "bytes stack frame");
      now.spilled_bytes +=
          number_before(line, "bytes spill stores") + number_before(line, "bytes spill loads");
    } else if (line.find(": Used ") != std::string::npos && !key.second.empty()) {
      // A kernel template may be compiled in several files.
      Resources& most = report.kernels[std::exchange(key, {})];
      most.registers = std::max(most.registers, number_before(line, "registers"));
      most.shared_bytes = std::max(most.shared_bytes, number_before(line, "bytes smem"));
      most.local_bytes = std::max(most.local_bytes, now.local_bytes);
      most.spilled_bytes = std::max(most.spilled_bytes, now.spilled_bytes);
    } else if (const std::size_t at = line.find("Performance Loss: "); at != std::string::npos) {
      report.losses.insert(line.substr(line.find(": ", at) + 2));
    }
  }
}

// A file is left alone when nothing changes, so that nothing is built again.
void write(const std::string& path, const std::string& text) {
  std::ifstream in(path);
  const std::string old{std::istreambuf_iterator<char>(in), {}};
  if (in && old == text) return;
  if (!(std::ofstream(path) << text)) throw std::runtime_error(path + " cannot be written");
}

std::string text_of(const Report& report) {
  std::string text = "# architecture registers shared_bytes local_bytes spilled_bytes kernel\n";
  for (const std::string& loss : report.losses) text += "loss " + loss + "\n";
  for (const auto& [key, r] : report.kernels)
    text += std::to_string(key.first) + " " + std::to_string(r.registers) + " " +
            std::to_string(r.shared_bytes) + " " + std::to_string(r.local_bytes) + " " +
            std::to_string(r.spilled_bytes) + " " + key.second + "\n";
  return text;
}

std::string include_of(const Report& report) {
  std::string text;
  int architecture = 0;
  for (const auto& [key, r] : report.kernels) {
    if (key.first != architecture)
      text += (architecture ? "}},\n{" : "{") + std::to_string(key.first) + ", {\n";
    architecture = key.first;
    text += "    {\"" + key.second + "\", " + std::to_string(r.registers) + ", " +
            std::to_string(r.shared_bytes) + "},\n";
  }
  return text + (architecture ? "}},\n" : "");
}

}  // namespace

int main(int argc, char** argv) try {
  const std::string form = argc < 3 ? "" : argv[1];
  if (form != "table" && form != "include")
    throw std::runtime_error("usage: kernel_registers table|include FILE OBJECT...");
  Report report;
  for (int i = 3; i < argc; ++i) read(std::string(argv[i]) + ".ptxas", report);
  write(argv[2], form == "table" ? text_of(report) : include_of(report));
} catch (const std::exception& error) {
  std::fprintf(stderr, "kernel_registers: %s\n", error.what());
  return 1;
}
