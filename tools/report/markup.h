// Markup that cannot be broken from outside: whatever is filled into a pattern is escaped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "models/image/image.h"

namespace backlight::tools {

// The bytes as valid UTF-8 without control characters (but tab and newline): what is neither
// becomes U+FFFD.
std::string clean_utf8(std::string_view bytes);

// clean_utf8 with & < > " ' as character references: safe as text and as a quoted attribute.
std::string escape(std::string_view text);

// A piece of a page that is already HTML.
struct Markup {
  std::string text;
  Markup& operator+=(const Markup& more) {
    text += more.text;
    return *this;
  }
};

// What `html` puts in: markup as it is, numbers in decimal, everything else escaped.
struct Filling {
  std::string text;
  Filling(const Markup& markup) : text(markup.text) {}
  Filling(std::string_view text) : text(escape(text)) {}
  Filling(const std::string& text) : text(escape(text)) {}
  Filling(const char* text) : text(escape(text)) {}
  template <typename Number, std::enable_if_t<std::is_integral_v<Number>, int> = 0>
  Filling(Number number) : text(std::to_string(number)) {}
};

// A literal with as many {}s as there are fillings: the compiler counts them.
template <std::size_t holes>
struct Pattern {
  std::string_view text;
  consteval Pattern(const char* literal) : text(literal) {
    std::size_t count = 0;
    for (std::size_t i = text.find("{}"); i != text.npos; i = text.find("{}", i + 2)) ++count;
    if (count != holes) throw "a pattern needs as many {}s as it has fillings";
  }
};

Markup filled(std::string_view pattern, std::initializer_list<Filling> fillings);

// The pattern with its {}s replaced by the fillings in order: html("<b>{}</b>", "1 < 2") is
// "<b>1 &lt; 2</b>".
template <typename... Parts>
Markup html(Pattern<sizeof...(Parts)> pattern, const Parts&... parts) {
  return filled(pattern.text, {Filling(parts)...});
}

// A relative link to a file beside the page, by its name: "./" and the name's bytes, those with a
// meaning in a URL percent-encoded.
std::string link_to(std::string_view file_name);

// Source: RFC 4648, section 4.
std::string base64(std::string_view bytes);

// The picture inside the page: a data: URL of its PNG, or of a PNG file's bytes.
std::string data_url(const Image& picture);
std::string data_url(std::string_view png);

// The words as one line for a POSIX shell.
std::string shell_line(const std::vector<std::string>& words);

// "97.3 %", "< 0.1 %", "> 99.9 %"; a dash for what is not a number.
std::string percent(double share);

// The style of a bar as long as this share of its room, clamped to [0, 1]: "--share:0.973".
std::string bar_style(double share);

std::string seconds_label(double seconds);                       // "1.24 s", "3 min 20 s"
std::string bytes_label(std::uint64_t bytes);                    // "1.3 GiB"
std::string count_label(std::int64_t count);                     // "14,162,827"
std::string decimal_label(double value);                         // six digits at most: "0.0123"
std::string plural(std::size_t count, const std::string& noun);  // "1 photo", "2 photos"

}  // namespace backlight::tools
