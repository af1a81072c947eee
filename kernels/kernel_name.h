// Shortening the names of kernels; a header of its own because a tool of the build uses it too.
#pragma once

#include <string>
#include <string_view>

namespace backlight::kernels::kernel_name {

inline void erase_all(std::string& text, std::string_view part) {
  for (std::size_t at; (at = text.find(part)) != std::string::npos;) text.erase(at, part.size());
}

// Where the template arguments or parentheses end whose opening bracket is at `at`; text.size()
// where they never do. Brackets of one kind hold whole ones of the other.
inline std::size_t past_brackets(std::string_view text, std::size_t at) {
  int depth = 0;
  for (; at < text.size(); ++at) {
    depth += text[at] == '<' || text[at] == '(';
    depth -= text[at] == '>' || text[at] == ')';
    if (depth == 0) return at + 1;
  }
  return at;
}

// plain_kernel_name() of registers.h.
inline std::string plain(std::string name) {
  erase_all(name, "(anonymous namespace)::");
  for (const std::string_view space : {"backlight::kernels::cuda::", "backlight::kernels::sim::",
                                       "backlight::kernels::", "backlight::"})
    erase_all(name, space);
  if (name.starts_with("void ")) name.erase(0, 5);
  std::size_t end = 0;
  while (end < name.size() && name[end] != '(')
    end = name[end] == '<' ? past_brackets(name, end) : end + 1;
  return name.substr(0, end);
}

}  // namespace backlight::kernels::kernel_name
