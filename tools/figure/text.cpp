#include "tools/figure/text.h"

#include <cmath>

#include "tensor/error.h"
#include "tools/figure/font.h"

#define STBTT_STATIC
#define STB_TRUETYPE_IMPLEMENTATION
#include <stb/stb_truetype.h>

namespace backlight::tools {
namespace {

const stbtt_fontinfo& font() {
  static const stbtt_fontinfo loaded = [] {
    stbtt_fontinfo info;
    require(stbtt_InitFont(&info, font_file(), 0) != 0, "the program's own font is damaged");
    return info;
  }();
  return loaded;
}

// Takes the first character off `text`. Source: RFC 3629.
int next_code_point(std::string_view& text) {
  constexpr int replacement = 0xFFFD;
  const auto byte = [&text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const int lead = byte(0);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xC2 ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF5 ? 4
                                           : 0;
  int code = length == 1 ? lead : lead & (0x7F >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if (i >= text.size() || (byte(i) & 0xC0) != 0x80) {
      text.remove_prefix(i);
      return replacement;
    }
    code = code << 6 | (byte(i) & 0x3F);
  }
  text.remove_prefix(length == 0 ? 1 : length);
  return length == 0 ? replacement : code;
}

// Calls visit(glyph, pen) for each character, with the pen's place in pixels, and returns where
// the pen ends.
template <typename Visit>
double walk(std::string_view text, double size, Visit visit) {
  const double scale = stbtt_ScaleForPixelHeight(&font(), static_cast<float>(size));
  double pen = 0;
  for (int previous = 0; !text.empty();) {
    const int glyph = stbtt_FindGlyphIndex(&font(), next_code_point(text));
    if (previous != 0) pen += scale * stbtt_GetGlyphKernAdvance(&font(), previous, glyph);
    visit(glyph, pen);
    int advance = 0, bearing = 0;
    stbtt_GetGlyphHMetrics(&font(), glyph, &advance, &bearing);
    pen += scale * advance;
    previous = glyph;
  }
  return pen;
}

void draw_glyph(Image& image, int glyph, double x, double baseline, double size, Color color) {
  const float scale = stbtt_ScaleForPixelHeight(&font(), static_cast<float>(size));
  const auto left = static_cast<int>(std::floor(x));
  const auto top = static_cast<int>(std::floor(baseline));
  const auto shift_x = static_cast<float>(x - left);
  const auto shift_y = static_cast<float>(baseline - top);
  int x0 = 0, y0 = 0, x1 = 0, y1 = 0;
  stbtt_GetGlyphBitmapBoxSubpixel(&font(), glyph, scale, scale, shift_x, shift_y, &x0, &y0, &x1,
                                  &y1);
  const int width = x1 - x0, height = y1 - y0;
  if (width <= 0 || height <= 0) return;
  std::vector<unsigned char> coverage(static_cast<std::size_t>(width) *
                                      static_cast<std::size_t>(height));
  stbtt_MakeGlyphBitmapSubpixel(&font(), coverage.data(), width, height, width, scale, scale,
                                shift_x, shift_y, glyph);
  for (int row = 0; row < height; ++row)
    for (int column = 0; column < width; ++column) {
      const int px = left + x0 + column, py = top + y0 + row;
      if (px < 0 || py < 0 || px >= image.width || py >= image.height) continue;
      const double share = coverage[static_cast<std::size_t>(row * width + column)] / 255.0;
      set_color(image, px, py, blend(color_at(image, px, py), color, share));
    }
}

}  // namespace

double text_width(std::string_view text, double size) {
  return walk(text, size, [](int, double) {});
}

void draw_text(Image& image, double x, double baseline, std::string_view text, double size,
               Color color, Align align) {
  const double width = align == Align::left ? 0 : text_width(text, size);
  const double start = align == Align::left     ? x
                       : align == Align::center ? x - width / 2
                                                : x - width;
  walk(text, size, [&](int glyph, double pen) {
    draw_glyph(image, glyph, start + pen, baseline, size, color);
  });
}

std::string shortened(std::string_view text, double size, double width) {
  if (text_width(text, size) <= width) return std::string(text);
  const std::string ellipsis = "\u2026";
  std::string best = ellipsis;
  for (std::string_view rest = text; !rest.empty();) {
    next_code_point(rest);
    const std::string longer(text.substr(0, text.size() - rest.size()));
    if (text_width(longer + ellipsis, size) > width) break;
    best = longer + ellipsis;
  }
  return best;
}

std::vector<std::string> wrapped(std::string_view text, double size, double width) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string word(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty()) continue;
    if (!lines.empty() && text_width(lines.back() + " " + word, size) <= width)
      lines.back() += " " + word;
    else
      lines.push_back(shortened(word, size, width));
  }
  return lines;
}

}  // namespace backlight::tools
