#include "tools/figure/contact_sheet.h"

#include <algorithm>
#include <cmath>

#include "tensor/error.h"
#include "tools/figure/text.h"

namespace backlight::tools {
namespace {

// Everything below is in pixels.
constexpr int side = 128, gap = 12, margin = 36;
constexpr int columns_per_band = 8;
constexpr int label_gap = 22;  // between what a row has in common and its cells
constexpr double heading_size = 28, title_size = 21, text_size = 15, caption_size = 13.5;
constexpr int heading_line = 44, title_line = 28, text_line = 22, caption_line = 20;
constexpr int band_gap = 16, section_gap = 30;

int rows_height(const SheetSection& section) {
  return static_cast<int>(section.rows.size()) * (side + caption_line);
}

bool has_labels(const SheetSection& section) {
  return std::any_of(section.rows.begin(), section.rows.end(),
                     [](const SheetRow& row) { return !row.label.empty(); });
}

int bands_of(const SheetSection& section) {
  const int columns = static_cast<int>(section.columns.size());
  return (columns + columns_per_band - 1) / columns_per_band;
}

int height_of(const SheetSection& section) {
  const int bands = bands_of(section), band = text_line + rows_height(section);
  return title_line + (section.caption.empty() ? 0 : text_line) + bands * band +
         (bands - 1) * band_gap;
}

int left_of_cells(const SheetSection& section) {
  return margin + (has_labels(section) ? side + label_gap : 0);
}

int width_of(const SheetSection& section) {
  const int columns = std::min(columns_per_band, static_cast<int>(section.columns.size()));
  return left_of_cells(section) + columns * side + (columns - 1) * gap + margin;
}

// The picture, at its own shape in the middle of a square.
void draw_picture(Image& sheet, const Image& picture, int x, int y) {
  if (picture.rgb.empty()) return;
  const double scale = static_cast<double>(side) / std::max(picture.width, picture.height);
  const auto length = [&](int pixels) {
    return std::max(1, static_cast<int>(std::lround(pixels * scale)));
  };
  const Image drawn = resize_bilinear(picture, length(picture.width), length(picture.height));
  const int left = x + (side - drawn.width) / 2, top = y + (side - drawn.height) / 2;
  paste(sheet, drawn, left, top);
  outline(sheet, {left, top, drawn.width, drawn.height}, hairline);
}

void draw_label(Image& sheet, const SheetRow& row, int y) {
  if (!row.picture.rgb.empty()) {
    draw_picture(sheet, row.picture, margin, y);
    draw_text(sheet, margin, y + side + 0.75 * caption_line,
              shortened(row.label, caption_size, side), caption_size, soft_ink);
    return;
  }
  const std::vector<std::string> lines = wrapped(row.label, text_size, side);
  double baseline = y + 0.5 * (side - text_line * static_cast<int>(lines.size())) + text_size;
  for (const std::string& line : lines) {
    draw_text(sheet, margin + side, baseline, line, text_size, soft_ink, Align::right);
    baseline += text_line;
  }
}

// The columns [first, last) of a section, from row `y` on.
void draw_band(Image& sheet, const SheetSection& section, std::size_t first, std::size_t last,
               int y) {
  const int left = left_of_cells(section);
  const auto x = [&](std::size_t column) {
    return left + static_cast<int>(column - first) * (side + gap);
  };
  for (std::size_t column = first; column < last; ++column)
    draw_text(sheet, x(column), y + text_size, shortened(section.columns[column], text_size, side),
              text_size, ink);
  y += text_line;
  for (const SheetRow& row : section.rows) {
    draw_label(sheet, row, y);
    for (std::size_t column = first; column < last; ++column) {
      const SheetCell& cell = row.cells[column];
      draw_picture(sheet, cell.picture, x(column), y);
      draw_text(sheet, x(column), y + side + 0.75 * caption_line,
                shortened(cell.caption, caption_size, side), caption_size, soft_ink);
    }
    y += side + caption_line;
  }
}

void draw_section(Image& sheet, const SheetSection& section, int y) {
  const double width = sheet.width - 2 * margin;
  draw_text(sheet, margin, y + 0.8 * title_size, shortened(section.title, title_size, width),
            title_size, ink);
  y += title_line;
  if (!section.caption.empty()) {
    draw_text(sheet, margin, y + 0.8 * text_size, shortened(section.caption, text_size, width),
              text_size, soft_ink);
    y += text_line;
  }
  for (std::size_t first = 0; first < section.columns.size(); first += columns_per_band) {
    draw_band(sheet, section, first,
              std::min(section.columns.size(), first + std::size_t{columns_per_band}), y);
    y += text_line + rows_height(section) + band_gap;
  }
}

}  // namespace

Image contact_sheet(const std::string& title, const std::vector<SheetSection>& sections) {
  int width = 2 * margin + static_cast<int>(std::ceil(text_width(title, heading_size)));
  int height = margin + heading_line;
  for (const SheetSection& section : sections) {
    require(!section.columns.empty() && !section.rows.empty(),
            "a section of a contact sheet needs a picture");
    for (const SheetRow& row : section.rows)
      require(row.cells.size() == section.columns.size(), "a row of a contact sheet has ",
              row.cells.size(), " cells for ", section.columns.size(), " columns");
    width = std::max(width, width_of(section));
    height += height_of(section) + section_gap;
  }
  require(!sections.empty(), "a contact sheet needs a picture");
  Image sheet = Image::filled(width, height - section_gap + margin, 255, 255, 255);
  draw_text(sheet, margin, margin + 0.7 * heading_size, title, heading_size, ink);
  int y = margin + heading_line;
  for (const SheetSection& section : sections) {
    draw_section(sheet, section, y);
    y += height_of(section) + section_gap;
  }
  return sheet;
}

}  // namespace backlight::tools
