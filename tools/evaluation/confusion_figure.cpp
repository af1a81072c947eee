#include "tools/evaluation/confusion_figure.h"

#include <algorithm>
#include <cmath>

#include "tools/figure/colormap.h"
#include "tools/figure/text.h"

namespace backlight::tools {
namespace {

// Everything below is in pixels.
constexpr int margin = 36, cell_width = 92, cell_height = 56, gap = 12;
constexpr double title_size = 23, label_size = 16, number_size = 17, small_size = 14.5;
constexpr int line = 20, scale_width = 240, scale_height = 14;

std::string in_percent(double share) {
  const double percent = 100 * share;
  return str(percent < 10 && percent > 0 ? std::round(10 * percent) / 10 : std::round(percent));
}

Color cell_color(double share) { return diverging_color(-share); }

// Dark cells have white numbers.
Color number_color(double share) { return share > 0.5 ? white : ink; }

// "Noodles/Pasta" may break after its stroke.
std::vector<std::string> column_label(const std::string& name) {
  std::string breakable;
  for (const char c : name) breakable += c == '/' ? std::string("/ ") : std::string(1, c);
  return wrapped(breakable, label_size, cell_width - 6);
}

class Picture {
 public:
  Picture(const Confusion& confusion, const std::vector<std::string>& names)
      : confusion_(confusion), names_(names), classes_(static_cast<int>(confusion.classes())) {
    for (const std::string& name : names) {
      label_width_ = std::max(label_width_, static_cast<int>(text_width(name, label_size)) + 1);
      header_lines_ = std::max(header_lines_, static_cast<int>(column_label(name).size()));
    }
    left_ = margin + label_width_ + gap;
    top_ = margin + 4 * line + header_lines_ * line + gap;
    image_ = Image::filled(left_ + classes_ * cell_width + gap + 90 + margin,
                           top_ + classes_ * cell_height + 6 * line + margin, 255, 255, 255);
  }

  Image draw() {
    draw_titles();
    for (int row = 0; row < classes_; ++row) draw_row(row);
    draw_precision();
    draw_scale();
    outline(image_, {left_, top_, classes_ * cell_width, classes_ * cell_height}, hairline);
    return std::move(image_);
  }

 private:
  void draw_titles() {
    const auto accuracy = confusion_.accuracy();
    draw_text(image_, margin, margin + title_size, "Confusion matrix", title_size, ink);
    draw_text(
        image_, margin, margin + title_size + line + 6,
        str("Of ", confusion_.total(), " photos, ",
            accuracy ? in_percent(*accuracy) + " % were recognised. " : "",
            "Rows: the true class. Columns: what the network says. Cells: percent of the row."),
        label_size, soft_ink);
    for (int column = 0; column < classes_; ++column) {
      const std::vector<std::string> words = column_label(names_[static_cast<std::size_t>(column)]);
      int baseline = top_ - gap + 4 - (static_cast<int>(words.size()) - 1) * line;
      for (const std::string& word : words) {
        draw_text(image_, column_centre(column), baseline, word, label_size, ink, Align::center);
        baseline += line;
      }
    }
    draw_text(image_, right(), top_ - gap + 4, "photos", small_size, soft_ink);
  }

  void draw_row(int row) {
    const double baseline = top_ + (row + 0.5) * cell_height + 0.33 * number_size;
    draw_text(image_, left_ - gap, baseline, names_[static_cast<std::size_t>(row)], label_size, ink,
              Align::right);
    draw_text(image_, right(), baseline, str(confusion_.of_label(row)), number_size, soft_ink);
    for (int column = 0; column < classes_; ++column) {
      const auto share = confusion_.share(row, column);
      const Box cell{left_ + column * cell_width, top_ + row * cell_height, cell_width - 1,
                     cell_height - 1};
      fill(image_, cell, share ? cell_color(*share) : Color{240, 240, 240});
      if (share && *share > 0)
        draw_text(image_, column_centre(column), baseline, in_percent(*share), number_size,
                  number_color(*share), Align::center);
    }
  }

  void draw_precision() {
    const double baseline = top_ + classes_ * cell_height + line + 4;
    draw_text(image_, left_ - gap, baseline, "precision, %", small_size, soft_ink, Align::right);
    for (int column = 0; column < classes_; ++column) {
      const auto precision = confusion_.precision(column);
      draw_text(image_, column_centre(column), baseline,
                precision ? in_percent(*precision) : "\u2013", number_size, soft_ink,
                Align::center);
    }
  }

  void draw_scale() {
    const int y = top_ + classes_ * cell_height + 3 * line;
    for (int x = 0; x < scale_width; ++x)
      fill(image_, {left_ + x, y, 1, scale_height}, cell_color((x + 0.5) / scale_width));
    outline(image_, {left_, y, scale_width, scale_height}, hairline);
    const double baseline = y + scale_height + line;
    draw_text(image_, left_, baseline, "0 %", small_size, soft_ink);
    draw_text(image_, left_ + scale_width, baseline, "100 %", small_size, soft_ink, Align::right);
    draw_text(image_, left_ + scale_width + 2 * gap, y + scale_height,
              "of the true class; the diagonal is what was recognised", small_size, soft_ink);
  }

  double column_centre(int column) const { return left_ + (column + 0.5) * cell_width; }
  double right() const { return left_ + classes_ * cell_width + gap; }

  const Confusion& confusion_;
  const std::vector<std::string>& names_;
  int classes_, label_width_ = 0, header_lines_ = 1, left_ = 0, top_ = 0;
  Image image_;
};

}  // namespace

Image confusion_figure(const Confusion& confusion, const std::vector<std::string>& class_names) {
  return Picture(confusion, class_names).draw();
}

}  // namespace backlight::tools
