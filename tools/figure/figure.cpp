#include "tools/figure/figure.h"

#include <algorithm>
#include <cmath>

#include "tensor/error.h"
#include "tools/figure/heat_map.h"
#include "tools/figure/text.h"

namespace backlight::tools {
namespace {

// Everything below is in pixels.
constexpr int longer_side = 384;
constexpr int margin = 36;
constexpr int gap = 32;  // between panels
constexpr int panels_per_row = 4;
constexpr int bar_gap = 14, bar_width = 16, tick_length = 5, tick_gap = 4;
constexpr double title_size = 23, caption_size = 16.5, tick_size = 15, legend_size = 14.5;
constexpr int title_line = 28, caption_line = 20, legend_line = 18;
constexpr int header_gap = 10, legend_gap = 6;
constexpr std::size_t most_caption_lines = 2;

// A map's colour bar: what its ends and its middle say, and the room they take.
struct ColorBar {
  std::string top, bottom;
  int width = 0;  // from the picture's edge to the end of the longest label; 0 for no bar
};

struct Panel {
  Image picture;
  std::string title;
  std::vector<std::string> caption, legend;
  HeatMap map;
  ColorBar bar;
};

struct Layout {
  int side_x = 0, side_y = 0;  // of a panel's picture
  int cell_width = 0;          // with the colour bar
  int header = 0, footer = 0;  // heights over and under the picture
  int rows = 0, columns = 0;
};

std::vector<std::string> caption_lines(const std::string& caption, int width) {
  std::vector<std::string> lines = wrapped(caption, caption_size, width);
  if (lines.size() > most_caption_lines) {
    lines.resize(most_caption_lines);
    lines.back() = shortened(lines.back() + " \u2026", caption_size, width);
  }
  return lines;
}

ColorBar color_bar(const HeatMap& map) {
  const bool is_clipped = map.largest > map.limit;
  ColorBar bar;
  bar.top = (is_clipped ? "\u2265 " : "") + number_label(map.limit);
  bar.bottom = map.is_signed ? (is_clipped ? "\u2264 " : "") + number_label(-map.limit) : "0";
  const double label = std::max(text_width(bar.top, tick_size), text_width(bar.bottom, tick_size));
  bar.width = bar_gap + bar_width + tick_length + tick_gap + static_cast<int>(std::ceil(label));
  return bar;
}

std::string legend_text(const HeatMap& map) {
  if (map.limit == 0) return "";
  if (map.is_constant) return "Every pixel is " + number_label(map.values.front()) + ".";
  std::string text = map.is_signed ? "Red is above zero, blue below." : "The lighter, the larger.";
  if (map.largest > map.limit)
    text += " Colours end at the 99.5th percentile; the largest magnitude is " +
            number_label(map.largest) + ".";
  return text;
}

// What stands for a map without a single value to show.
Image all_zero_picture(int width, int height) {
  Image picture = Image::filled(width, height, 246, 246, 246);
  draw_text(picture, 0.5 * width, 0.5 * height + 0.33 * title_size, "all zero", title_size,
            soft_ink, Align::center);
  return picture;
}

// A drawing at its own shape in the middle of a panel, enlarged to fill it.
Image fitted(const Image& image, int width, int height) {
  const double scale = std::min(static_cast<double>(width) / image.width,
                                static_cast<double>(height) / image.height);
  const auto side = [&](int pixels) {
    return std::max(1, static_cast<int>(std::lround(pixels * scale)));
  };
  const Image drawn = resize_bilinear(image, side(image.width), side(image.height));
  Image panel = Image::filled(width, height, 255, 255, 255);
  paste(panel, drawn, (width - drawn.width) / 2, (height - drawn.height) / 2);
  return panel;
}

Panel map_panel(const MapPanel& map, int side_x, int side_y) {
  Panel panel;
  if (map.drawing) {
    panel.picture = fitted(map.drawing->image, side_x, side_y);
    panel.legend = wrapped(map.drawing->legend, legend_size, side_x);
  } else {
    panel.map = heat_map(map.values);
    panel.legend = wrapped(legend_text(panel.map), legend_size, side_x);
  }
  if (map.drawing) {
    panel.bar = {};
  } else if (panel.map.limit > 0) {
    panel.picture = heat_picture(panel.map, side_x, side_y);
    panel.bar = color_bar(panel.map);
  } else {
    panel.picture = all_zero_picture(side_x, side_y);
  }
  panel.title = shortened(map.title, title_size, side_x);
  panel.caption = caption_lines(map.caption, side_x);
  return panel;
}

Layout lay_out(const std::vector<Panel>& panels, int side_x, int side_y) {
  Layout layout;
  layout.side_x = side_x;
  layout.side_y = side_y;
  const int count = static_cast<int>(panels.size());
  layout.rows = (count + panels_per_row - 1) / panels_per_row;
  layout.columns = (count + layout.rows - 1) / layout.rows;
  std::size_t captions = 0, legends = 0;
  for (const Panel& panel : panels) {
    captions = std::max(captions, panel.caption.size());
    legends = std::max(legends, panel.legend.size());
    layout.cell_width = std::max(layout.cell_width, side_x + panel.bar.width);
  }
  layout.header = title_line + static_cast<int>(captions) * caption_line + header_gap;
  layout.footer = legend_gap + static_cast<int>(legends) * legend_line;
  return layout;
}

void draw_bar(Image& figure, const Panel& panel, const Box& picture) {
  const Box bar{picture.x + picture.width + bar_gap, picture.y, bar_width, picture.height};
  const double lowest = panel.map.is_signed ? -panel.map.limit : 0.0;
  for (int row = 0; row < bar.height; ++row) {
    const double share = 1.0 - (row + 0.5) / bar.height;
    const double value = lowest + share * (panel.map.limit - lowest);
    fill(figure, {bar.x, bar.y + row, bar.width, 1}, panel.map.color(value));
  }
  outline(figure, bar, hairline);

  const auto tick = [&](int row, const std::string& label) {
    fill(figure, {bar.x + bar.width + 1, row, tick_length, 1}, soft_ink);
    draw_text(figure, bar.x + bar.width + 1 + tick_length + tick_gap, row + 0.33 * tick_size, label,
              tick_size, soft_ink);
  };
  tick(bar.y, panel.bar.top);
  tick(bar.y + bar.height - 1, panel.bar.bottom);
  if (panel.map.is_signed) tick(bar.y + bar.height / 2, "0");
}

void draw_panel(Image& figure, const Panel& panel, const Layout& layout, int x, int y) {
  int baseline = y + static_cast<int>(0.8 * title_size);
  draw_text(figure, x, baseline, panel.title, title_size, ink);
  for (const std::string& line : panel.caption)
    draw_text(figure, x, baseline += caption_line + (&line == &panel.caption.front() ? 4 : 0), line,
              caption_size, soft_ink);
  const Box picture{x, y + layout.header, layout.side_x, layout.side_y};
  paste(figure, panel.picture, picture.x, picture.y);
  outline(figure, picture, hairline);
  if (panel.bar.width > 0) draw_bar(figure, panel, picture);
  baseline = picture.y + picture.height + legend_gap;
  for (const std::string& line : panel.legend)
    draw_text(figure, x, baseline += legend_line, line, legend_size, soft_ink);
}

}  // namespace

Image explanation_figure(const PhotoPanel& photo, const std::vector<MapPanel>& maps) {
  require(!maps.empty(), "a figure needs at least one map");
  const HeatMap first = heat_map(maps.front().values);
  const double scale = static_cast<double>(longer_side) / std::max(first.width, first.height);
  const int side_x = std::max(1, static_cast<int>(std::lround(first.width * scale)));
  const int side_y = std::max(1, static_cast<int>(std::lround(first.height * scale)));

  std::vector<Panel> panels(1);
  panels[0].picture = resize_bilinear(photo.photo, side_x, side_y);
  panels[0].title = shortened(photo.title, title_size, side_x);
  panels[0].caption = caption_lines(photo.caption, side_x);
  for (const MapPanel& map : maps) panels.push_back(map_panel(map, side_x, side_y));

  const Layout layout = lay_out(panels, side_x, side_y);
  const int cell_height = layout.header + side_y + layout.footer;
  // Only maps have a bar, so the photo's column is narrower in a figure of one row.
  const int first_width = layout.rows == 1 ? side_x : layout.cell_width;
  Image figure = Image::filled(
      2 * margin + first_width + (layout.columns - 1) * (gap + layout.cell_width),
      2 * margin + layout.rows * cell_height + (layout.rows - 1) * gap, 255, 255, 255);
  for (int i = 0; i < static_cast<int>(panels.size()); ++i) {
    const int column = i % layout.columns, row = i / layout.columns;
    const int x = column == 0
                      ? margin
                      : margin + first_width + gap + (column - 1) * (gap + layout.cell_width);
    draw_panel(figure, panels[static_cast<std::size_t>(i)], layout, x,
               margin + row * (cell_height + gap));
  }
  return figure;
}

}  // namespace backlight::tools
