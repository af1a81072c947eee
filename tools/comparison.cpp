#include "tools/comparison.h"

#include <algorithm>
#include <cmath>

#include "tools/methods/common.h"
#include "xai/metrics/agreement.h"
#include "xai/metrics/map_values.h"

namespace backlight::tools {
namespace {

using nlohmann::json;

constexpr Paper kAdebayo = {"Adebayo, Gilmer, Muelly, Goodfellow, Hardt and Kim",
                            "Sanity checks for saliency maps", 2018,
                            "https://arxiv.org/abs/1810.03292"};

// The channel sums of a map at the size of the photo, [H,W].
Tensor summed(const MapResult& map, const Image& photo) {
  const Tensor values = map.at_size_of(photo);
  const int batch = values.rank() == 4;
  const std::vector<double> pixels = pixel_values(values);
  Tensor sums({values.dim(batch), values.dim(batch + 1)});
  std::copy(pixels.begin(), pixels.end(), sums.mutable_data<float>());
  return sums;
}

// Each pixel's share of the map's magnitude.
std::vector<double> shares(const Tensor& map) {
  double sum = 0;
  for (std::int64_t i = 0; i < map.numel(); ++i) sum += std::abs(map.at(i));
  std::vector<double> out;
  for (std::int64_t i = 0; i < map.numel(); ++i)
    out.push_back(sum > 0 ? std::abs(map.at(i)) / sum : 0);
  return out;
}

// The settings in which two maps differ: why they part.
json differing(const json& first, const json& second) {
  json out = json::object();
  for (const json* one : {&first, &second})
    for (const auto& [name, value] : one->items()) {
      const json a = first.value(name, json()), b = second.value(name, json());
      if (a != b) out[name] = json::array({a, b});
    }
  return out;
}

std::string why(const json& settings, const std::string& first, const std::string& second) {
  if (settings.empty()) return "";
  std::string text;
  for (const auto& [name, values] : settings.items()) {
    const auto word = [](const json& value) {
      return value.is_null() ? "none" : value.is_string() ? value.get<std::string>() : value.dump();
    };
    text +=
        (text.empty() ? "" : ", ") + name + " " + word(values[0]) + " against " + word(values[1]);
  }
  return ". " + first + " against " + second + ": " + text;
}

}  // namespace

MapResult compare(const Image& photo, const MapResult& first, const std::string& first_name,
                  const MapResult& second, const std::string& second_name) {
  const Tensor a = summed(first, photo), b = summed(second, photo);
  require(a.shape() == b.shape(), "--compare: the maps of ", first.title, " and ", second.title,
          " are of different sizes");
  const std::vector<double> p = shares(a), q = shares(b);
  Tensor difference(a.shape());
  double squares = 0, of_first = 0;
  std::int64_t place = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    const double d = p[i] - q[i];
    const auto at = static_cast<std::size_t>(place);
    difference.mutable_data<float>()[i] = static_cast<float>(1000 * d);
    squares += d * d;
    of_first += p[i] * p[i];
    if (std::abs(d) > std::abs(p[at] - q[at])) place = static_cast<std::int64_t>(i);
  }
  const std::int64_t width = a.dim(1);
  const double rank = rank_correlation(a, b, Compared::magnitude);
  const double overlap = top_overlap(a, b, 0.1, Compared::magnitude);

  MapResult map;
  map.method = first.method == second.method
                   ? first.method + "." + first_name + "-vs-" + second_name
                   : first_name + "-vs-" + second_name;
  map.title = first.method == second.method
                  ? first.title + ": " + first_name + " against " + second_name
                  : first.title + " against " + second.title;
  map.values = difference;
  map.settings = differing(first.settings, second.settings);
  map.checks = {{"rank_correlation", rank_correlation(a, b)},
                {"magnitude_rank_correlation", rank},
                {"top_tenth_overlap", overlap},
                {"relative_l2", of_first > 0 ? std::sqrt(squares / of_first) : 0},
                {"part_most_at", {{"x", place % width}, {"y", place / width}}}};
  map.check_text =
      str("rank correlation of the magnitudes ", short_number(rank, 2), ", the top tenths share ",
          short_percent(overlap), ", they part most at x ", place % width, ", y ", place / width,
          why(map.settings, first_name, second_name));
  if (squares == 0)
    map.check_text = "the two maps are the same" + why(map.settings, first_name, second_name);
  map.text = MethodText{
      "Each map's magnitudes as shares of their sum, in thousandths, and their difference: where "
      "two methods, or two conventions of one, do not look at the same.",
      "the first counts the pixel more", "the second does", kAdebayo};
  map.beside = {{first.at_size_of(photo), first_name, "", first.drawing},
                {second.at_size_of(photo), second_name, "", second.drawing}};
  map.seconds = first.seconds + second.seconds;
  return map;
}

}  // namespace backlight::tools
