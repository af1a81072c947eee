#include "tools/figure/class_grid.h"

#include <algorithm>
#include <cmath>

#include "tensor/error.h"
#include "tools/figure/heat_map.h"
#include "tools/figure/text.h"

namespace backlight::tools {
namespace {

// In pixels.
constexpr int kSide = 232, kGap = 18, kMargin = 28, kColumns = 4;
constexpr int kHeader = 46, kFooter = 34;
constexpr double kTitleSize = 18, kCaptionSize = 14.5;
constexpr double kShown = 0.995;

// The magnitude that `kShown` of the values of all maps do not exceed, or the largest.
double common_limit(const std::vector<HeatMap>& maps) {
  std::vector<float> magnitudes;
  for (const HeatMap& map : maps)
    for (const float value : map.values) magnitudes.push_back(std::abs(value));
  const auto rank =
      static_cast<std::ptrdiff_t>(std::ceil(kShown * static_cast<double>(magnitudes.size())));
  const auto place = magnitudes.begin() + rank - 1;
  std::nth_element(magnitudes.begin(), place, magnitudes.end());
  return *place > 0 ? *place : *std::max_element(magnitudes.begin(), magnitudes.end());
}

void draw_cell(Image& figure, int cell, const Image& picture, const std::string& title,
               const std::string& caption, bool marked) {
  const int x = kMargin + cell % kColumns * (kSide + kGap);
  const int y = kMargin + cell / kColumns * (kSide + kHeader + kGap) + kHeader;
  draw_text(figure, x, y - kHeader + 18, shortened(title, kTitleSize, kSide), kTitleSize, ink);
  draw_text(figure, x, y - 8, shortened(caption, kCaptionSize, kSide), kCaptionSize, soft_ink);
  paste(figure, picture, x, y);
  outline(figure, {x, y, kSide, kSide}, marked ? ink : hairline);
  if (marked) outline(figure, {x - 1, y - 1, kSide + 2, kSide + 2}, ink);
}

// A bar from blue to red with the numbers of its ends, centred at the bottom.
void draw_scale(Image& figure, const HeatMap& scale) {
  const int width = kSide + 80, x = (figure.width - width) / 2, y = figure.height - kMargin - 12;
  for (int i = 0; i < width; ++i)
    fill(figure, {x + i, y, 1, 12}, scale.color(scale.limit * (2.0 * i / (width - 1) - 1)));
  outline(figure, {x, y, width, 12}, hairline);
  const double baseline = y + 11;
  draw_text(figure, x - 8, baseline, "against  " + number_label(-scale.limit), kCaptionSize,
            soft_ink, Align::right);
  draw_text(figure, x + width + 8, baseline, number_label(scale.limit) + "  for", kCaptionSize,
            soft_ink);
}

}  // namespace

Image class_grid(const Image& photo, const std::string& title,
                 const std::vector<ClassPanel>& classes) {
  require(!classes.empty(), "a grid of classes needs at least one map");
  std::vector<HeatMap> maps;
  for (const ClassPanel& panel : classes) maps.push_back(heat_map(panel.map));
  const double limit = common_limit(maps);
  const int cells = static_cast<int>(classes.size()) + 1;
  const int columns = std::min(cells, kColumns), rows = (cells + kColumns - 1) / kColumns;
  Image figure =
      Image::filled(2 * kMargin + columns * (kSide + kGap) - kGap,
                    2 * kMargin + rows * (kSide + kHeader + kGap) - kGap + kFooter, 255, 255, 255);
  const Image large = resize_bilinear(photo, kSide, kSide);
  draw_cell(figure, 0, large, title, "the photo", false);
  for (std::size_t c = 0; c < classes.size(); ++c) {
    maps[c].limit = limit;
    maps[c].is_signed = true;
    draw_cell(figure, static_cast<int>(c) + 1, overlay(large, maps[c]), classes[c].title,
              classes[c].caption, classes[c].marked);
  }
  draw_scale(figure, maps.front());
  return figure;
}

}  // namespace backlight::tools
