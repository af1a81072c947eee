#include "tools/homework/figures.h"

#include <algorithm>
#include <cmath>

#include "tools/report/markup.h"

namespace backlight::tools {
namespace {

constexpr Color kVermilion{213, 94, 0}, kBlue{0, 114, 178};  // of the Okabe-Ito palette
constexpr int kEnlarged = 384;                               // pixels of a drawing's longer side
constexpr int kRowGap = 10;

Color paled(Color color) {
  const auto luma = static_cast<std::uint8_t>(
      std::lround(0.299 * color.red + 0.587 * color.green + 0.114 * color.blue));
  return blend({luma, luma, luma}, white, 0.45);
}

void thick_outline(Image& image, const Box& box, Color color) {
  for (int inset = 0; inset < 3; ++inset)
    outline(image, {box.x + inset, box.y + inset, box.width - 2 * inset, box.height - 2 * inset},
            color);
}

}  // namespace

MapPanel map_panel(const Tensor& values, const std::string& title, const std::string& caption) {
  return {values, title, caption, {}};
}

MapPanel picture_panel(const Image& picture, const std::string& title, const std::string& caption,
                       const std::string& legend) {
  return {Tensor::zeros({picture.height, picture.width}), title, caption, Drawing{picture, legend}};
}

Image photo_figure(const Study& study, std::size_t n, const std::vector<MapPanel>& panels) {
  const HomeworkPhoto& photo = study.photo(n);
  return explanation_figure(
      {photo.picture, str("Photo ", photo.number),
       str(study.class_name(photo.target), ", taken for ", study.class_name(photo.predicted), ", ",
           percent(photo.probability))},
      panels);
}

Image photo_sheet(const Study& study, const std::string& title, const std::string& caption,
                  const std::vector<PhotoRow>& rows) {
  SheetSection section{title, caption, {}, {}};
  SheetRow photos{{}, "photo", {}};
  for (const HomeworkPhoto& photo : study.photos()) {
    section.columns.push_back(str("Photo ", photo.number));
    photos.cells.push_back({photo.picture, study.class_name(photo.target)});
  }
  section.rows.push_back(std::move(photos));
  for (const PhotoRow& row : rows) {
    SheetRow cells{{}, row.label, {}};
    for (std::size_t n = 0; n < study.count(); ++n) cells.cells.push_back(row.cell(n));
    section.rows.push_back(std::move(cells));
  }
  return contact_sheet("All photos", {section});
}

Image stacked(const std::vector<Image>& pictures) {
  int width = 1, height = 0;
  for (const Image& picture : pictures) {
    width = std::max(width, picture.width);
    height += picture.height + (height > 0 ? kRowGap : 0);
  }
  Image all = Image::filled(width, std::max(1, height), 255, 255, 255);
  int y = 0;
  for (const Image& picture : pictures) {
    paste(all, picture, 0, y);
    y += picture.height + kRowGap;
  }
  return all;
}

Image bright_picture(const Image& photo, const Bright& bright) {
  const int scale = std::max(1, (kEnlarged - 1) / std::max(photo.width, photo.height) + 1);
  Image drawn = resize_bilinear(photo, photo.width * scale, photo.height * scale);
  for (int y = 0; y < drawn.height; ++y)
    for (int x = 0; x < drawn.width; ++x) set_color(drawn, x, y, paled(color_at(drawn, x, y)));
  for (const std::size_t pixel : bright.pixels) {
    const int x = static_cast<int>(pixel) % photo.width, y = static_cast<int>(pixel) / photo.width;
    fill(drawn, {x * scale, y * scale, scale, scale}, kVermilion);
  }
  const auto at = [](double share, int side) {
    return static_cast<int>(std::lround(share * side));
  };
  const auto box = [&](double left, double top, double right, double bottom) {
    return Box{at(left, drawn.width), at(top, drawn.height), at(right - left, drawn.width),
               at(bottom - top, drawn.height)};
  };
  const double column = static_cast<double>(bright.fullest % 3) / 3,
               row = static_cast<double>(bright.fullest / 3) / 3;
  thick_outline(drawn, box(column, row, column + 1.0 / 3, row + 1.0 / 3), kBlue);
  thick_outline(drawn, box(bright.left, bright.top, bright.right, bright.bottom), ink);
  return drawn;
}

std::string bright_legend(double share) {
  return str("The brightest ", percent(share),
             " of the pixels. Blue: the ninth that has most of them. Black: the middle 80 % of "
             "them, across and down.");
}

Image color_picture(const Tensor& map, bool stretched) {
  const Tensor from = map.to(DType::f32);
  const float* values = from.data<float>();
  const auto [least, most] = std::minmax_element(values, values + from.numel());
  Tensor shown(from.shape());
  for (std::int64_t i = 0; i < from.numel(); ++i)
    shown.mutable_data<float>()[i] = !stretched       ? values[i]
                                     : *most > *least ? (values[i] - *least) / (*most - *least)
                                                      : 0.0f;
  return tensor_to_image(shown);
}

}  // namespace backlight::tools
