#include "tools/report/markup.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace backlight::tools {
namespace {

constexpr std::string_view replacement = "\uFFFD";

std::uint8_t byte_at(std::string_view bytes, std::size_t i) {
  return static_cast<std::uint8_t>(bytes[i]);
}

// The length of the UTF-8 sequence at `i`, or 0 where there is none: no overlong forms, no
// surrogates, nothing above U+10FFFF. Source: The Unicode Standard 15, table 3-7.
std::size_t sequence_length(std::string_view bytes, std::size_t i) {
  const std::uint8_t lead = byte_at(bytes, i);
  if (lead < 0x80) return 1;
  const std::size_t length = lead < 0xC2   ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF5 ? 4
                                           : 0;
  if (length == 0 || i + length > bytes.size()) return 0;
  const std::uint8_t second = byte_at(bytes, i + 1);
  const std::uint8_t least = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const std::uint8_t most = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (second < least || second > most) return 0;
  for (std::size_t k = 2; k < length; ++k)
    if ((byte_at(bytes, i + k) & 0xC0) != 0x80) return 0;
  return length;
}

// C0 (but tab and newline), DEL and C1.
bool is_control(std::string_view bytes, std::size_t i) {
  const std::uint8_t first = byte_at(bytes, i);
  if (first == 0xC2) return byte_at(bytes, i + 1) < 0xA0;
  return first == 0x7F || (first < 0x20 && first != '\t' && first != '\n');
}

template <typename... Values>
std::string printed(const char* format, Values... values) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, values...);
  return text.data();
}

}  // namespace

std::string clean_utf8(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  for (std::size_t i = 0; i < bytes.size();) {
    const std::size_t length = sequence_length(bytes, i);
    out += length == 0 || is_control(bytes, i) ? replacement : bytes.substr(i, length);
    i += std::max<std::size_t>(length, 1);
  }
  return out;
}

std::string escape(std::string_view text) {
  std::string out;
  for (const char c : clean_utf8(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

Markup filled(std::string_view pattern, std::initializer_list<Filling> fillings) {
  Markup out;
  std::size_t from = 0;
  for (const Filling& filling : fillings) {
    const std::size_t hole = pattern.find("{}", from);
    out.text += pattern.substr(from, hole - from);
    out.text += filling.text;
    from = hole + 2;
  }
  out.text += pattern.substr(from);
  return out;
}

std::string link_to(std::string_view file_name) {
  constexpr std::string_view plain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
  std::string out = "./";
  for (const char c : file_name) {
    if (plain.find(c) != std::string_view::npos)
      out += c;
    else
      out += printed("%%%02X", static_cast<unsigned>(static_cast<std::uint8_t>(c)));
  }
  return out;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t three = 0;
    for (std::size_t k = 0; k < 3; ++k)
      three = three << 8 | (k < count ? byte_at(bytes, i + k) : 0);
    for (std::size_t k = 0; k < 4; ++k)
      out += k <= count ? digits[three >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

std::string data_url(const Image& picture) {
  return data_url(std::string_view(encode_png(picture)));
}

std::string data_url(std::string_view png) { return "data:image/png;base64," + base64(png); }

std::string shell_line(const std::vector<std::string>& words) {
  constexpr std::string_view plain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._/=:,+@%";
  std::string line;
  for (const std::string& word : words) {
    if (!line.empty()) line += ' ';
    if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) {
      line += word;
      continue;
    }
    line += '\'';
    for (const char c : word) line += c == '\'' ? std::string("'\\''") : std::string(1, c);
    line += '\'';
  }
  return line;
}

std::string percent(double share) {
  if (!std::isfinite(share)) return "\u2013";
  if (share > 0 && share < 0.001) return "<\u00A00.1\u202F%";
  if (share > 0.999 && share < 1) return ">\u00A099.9\u202F%";
  return printed(share == 0 || share == 1 ? "%.0f\u202F%%" : "%.1f\u202F%%", 100 * share);
}

std::string bar_style(double share) {
  return printed("--share:%.4g", std::isfinite(share) ? std::clamp(share, 0.0, 1.0) : 0.0);
}

std::string seconds_label(double seconds) {
  if (!std::isfinite(seconds)) return "\u2013";
  if (seconds >= 120) {
    const double whole = std::round(seconds);
    return printed("%.0f\u00A0min %.0f\u00A0s", std::floor(whole / 60), std::fmod(whole, 60));
  }
  return printed(seconds < 10 ? "%.2f\u00A0s" : "%.1f\u00A0s", seconds);
}

std::string bytes_label(std::uint64_t bytes) {
  if (bytes < 1024) return std::to_string(bytes) + "\u00A0bytes";
  const char* unit = "";
  auto size = static_cast<double>(bytes);
  for (const char* larger : {"KiB", "MiB", "GiB", "TiB"}) {
    if (size < 1024) break;
    size /= 1024;
    unit = larger;
  }
  return printed("%.3g\u00A0%s", size, unit);
}

std::string count_label(std::int64_t count) {
  std::string digits = std::to_string(count);
  const std::size_t first = digits.front() == '-' ? 1 : 0;
  for (std::size_t place = digits.size(); place > first + 3; place -= 3)
    digits.insert(place - 3, ",");
  return digits;
}

std::string decimal_label(double value) { return printed("%.6g", value); }

std::string plural(std::size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace backlight::tools
