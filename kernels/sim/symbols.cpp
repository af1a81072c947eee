// From program counters to source lines, by asking addr2line about the running program.
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <map>

#include "kernels/sim/report.h"

extern char** environ;

namespace backlight::sim {
namespace {

// The file that holds an address, and the address as that file counts.
struct InModule {
  std::string file;
  std::uintptr_t address = 0;
};

InModule module_of(std::uintptr_t address) {
  struct Search {
    std::uintptr_t address;
    InModule found;
  } search{address, {}};
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* data) {
        auto& s = *static_cast<Search*>(data);
        for (int i = 0; i < info->dlpi_phnum; ++i) {
          const auto& segment = info->dlpi_phdr[i];
          const std::uintptr_t low = info->dlpi_addr + segment.p_vaddr;
          if (segment.p_type != PT_LOAD || s.address - low >= segment.p_memsz) continue;
          // The program itself has no name here.
          s.found = {info->dlpi_name && *info->dlpi_name ? info->dlpi_name : "/proc/self/exe",
                     s.address - info->dlpi_addr};
          return 1;
        }
        return 0;
      },
      &search);
  if (search.found.file == "/proc/self/exe") {
    char path[4096];
    const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
    if (length > 0) search.found.file.assign(path, static_cast<std::size_t>(length));
  }
  return search.found;
}

// The output of a program; empty if it cannot be run.
std::string output_of(const std::vector<std::string>& command) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return "";
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t child = 0;
  const int failed =
      posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  std::string output;
  char buffer[4096];
  for (ssize_t n = 0; !failed && (n = read(ends[0], buffer, sizeof buffer)) > 0;)
    output.append(buffer, static_cast<std::size_t>(n));
  close(ends[0]);
  if (!failed) waitpid(child, nullptr, 0);
  return output;
}

// Paths within the sources are shown from their root.
std::string shown(const std::string& path) {
  static const std::string root = BACKLIGHT_SOURCE_DIR "/";
  const std::string normal = std::filesystem::path(path).lexically_normal();
  return normal.starts_with(root) ? normal.substr(root.size()) : normal;
}

// Code that stands between a kernel and the simulator, or that belongs to the compiler.
bool is_wrapper(const std::string& file) {
  return file.starts_with("kernels/cuda/gpu") || file.starts_with("kernels/cuda/ptx/") ||
         file.starts_with("kernels/sim/") || file.starts_with("/usr/");
}

using Lines = std::vector<SourceLine>;
std::map<const void*, Lines>& known_lines() {
  static std::map<const void*, Lines> lines;
  return lines;
}

// One line of addr2line's, "file:12" or "file:12 (discriminator 3)"; no file when it knows none.
SourceLine parse(const std::string& text) {
  const std::size_t colon = text.rfind(':', text.find(" ("));
  if (colon == std::string::npos || text.starts_with("??")) return {};
  return {shown(text.substr(0, colon)), std::atoi(text.c_str() + colon + 1)};
}

// Takes the frames of one address, innermost first; drops the wrappers if anything else is left.
Lines without_wrappers(const Lines& frames) {
  Lines kept;
  for (const SourceLine& frame : frames)
    if (!frame.file.empty() && !is_wrapper(frame.file)) kept.push_back(frame);
  if (kept.empty())
    for (const SourceLine& frame : frames)
      if (!frame.file.empty()) kept.push_back(frame);
  return kept;
}

std::string hex(std::uintptr_t address) {
  std::ostringstream text;
  text << "0x" << std::hex << address;
  return text.str();
}

void look_up_in(const std::string& file,
                const std::vector<std::pair<const void*, std::uintptr_t>>& addresses) {
  std::vector<std::string> command{"addr2line", "-a", "-i", "-e", file};
  for (const auto& [site, address] : addresses) command.push_back(hex(address));
  // The answer: for each address a line that repeats it, then its frames.
  std::istringstream output(output_of(command));
  std::size_t next = 0;
  Lines frames;
  const auto finish = [&] {
    if (next > 0) known_lines()[addresses[next - 1].first] = without_wrappers(frames);
    frames.clear();
  };
  for (std::string line; next <= addresses.size() && std::getline(output, line);) {
    if (line.starts_with("0x")) {
      finish();
      ++next;
    } else {
      frames.push_back(parse(line));
    }
  }
  finish();
  for (const auto& [site, address] : addresses) {
    Lines& lines = known_lines()[site];
    if (lines.empty()) lines.push_back({str(shown(file), "+", address), 0});
  }
}

}  // namespace

void look_up(const std::vector<const void*>& sites) {
  std::map<std::string, std::vector<std::pair<const void*, std::uintptr_t>>> by_module;
  for (const void* site : sites) {
    if (known_lines().contains(site)) continue;
    // A return address is just behind its call.
    const InModule in = module_of(reinterpret_cast<std::uintptr_t>(site) - 1);
    by_module[in.file].emplace_back(site, in.address);
  }
  for (const auto& [file, addresses] : by_module) look_up_in(file, addresses);
}

std::vector<SourceLine> source_lines(const void* site) {
  look_up({site});
  return known_lines()[site];
}

std::string describe_site(const void* site) {
  if (!site) return "an unknown place";
  std::string text;
  for (const SourceLine& line : source_lines(site)) {
    text += text.empty() ? "" : ", called at ";
    text += line.file + (line.line ? str(":", line.line) : "");
  }
  return text;
}

std::vector<std::string> kernel_names(const std::vector<const void*>& kernels) {
  std::vector<std::string> names;
  for (const void* kernel : kernels) {
    const InModule in = module_of(reinterpret_cast<std::uintptr_t>(kernel));
    const std::string answer = output_of({"addr2line", "-f", "-C", "-e", in.file, hex(in.address)});
    const std::string name = answer.substr(0, answer.find('\n'));
    names.push_back(name == "??" ? "" : name);
  }
  return names;
}

}  // namespace backlight::sim
