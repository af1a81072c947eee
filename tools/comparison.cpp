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

struct Pixels {
  std::int64_t height = 0, width = 0;
  std::vector<double> values;
};

// The channel sums of a map.
Pixels pixels_of(const Tensor& map) {
  const int batch = map.rank() == 4;
  return {map.dim(batch), map.dim(batch + 1), pixel_values(map)};
}

// The same map on another grid of pixels, between whose centres it is interpolated.
Pixels resized(const Pixels& map, std::int64_t height, std::int64_t width) {
  if (map.height == height && map.width == width) return map;
  Pixels out{height, width, {}};
  const auto at = [&](std::int64_t y, std::int64_t x) {
    y = std::clamp<std::int64_t>(y, 0, map.height - 1);
    x = std::clamp<std::int64_t>(x, 0, map.width - 1);
    return map.values[static_cast<std::size_t>(y * map.width + x)];
  };
  const auto place = [](std::int64_t i, std::int64_t from, std::int64_t to) {
    return (static_cast<double>(i) + 0.5) * static_cast<double>(from) / static_cast<double>(to) -
           0.5;
  };
  for (std::int64_t row = 0; row < height; ++row)
    for (std::int64_t column = 0; column < width; ++column) {
      const double y = place(row, map.height, height), x = place(column, map.width, width);
      const auto top = static_cast<std::int64_t>(std::floor(y)),
                 left = static_cast<std::int64_t>(std::floor(x));
      const double down = y - static_cast<double>(top), right = x - static_cast<double>(left);
      out.values.push_back((1 - down) * ((1 - right) * at(top, left) + right * at(top, left + 1)) +
                           down *
                               ((1 - right) * at(top + 1, left) + right * at(top + 1, left + 1)));
    }
  return out;
}

Tensor tensor_of(const Pixels& map) {
  Tensor tensor({map.height, map.width});
  std::copy(map.values.begin(), map.values.end(), tensor.mutable_data<float>());
  return tensor;
}

// Each pixel's share of the map's magnitude.
std::vector<double> shares(const Pixels& map) {
  double sum = 0;
  for (const double value : map.values) sum += std::abs(value);
  std::vector<double> out;
  for (const double value : map.values) out.push_back(sum > 0 ? std::abs(value) / sum : 0);
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

MapResult compare(const MapResult& first, const std::string& first_name, const MapResult& second,
                  const std::string& second_name) {
  Pixels a = pixels_of(first.values), b = pixels_of(second.values);
  const std::int64_t height = std::max(a.height, b.height), width = std::max(a.width, b.width);
  a = resized(a, height, width);
  b = resized(b, height, width);
  const std::vector<double> p = shares(a), q = shares(b);
  Pixels difference{height, width, {}};
  double squares = 0, of_first = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    difference.values.push_back(1000 * (p[i] - q[i]));
    squares += (p[i] - q[i]) * (p[i] - q[i]);
    of_first += p[i] * p[i];
  }
  const auto most = std::max_element(difference.values.begin(), difference.values.end(),
                                     [](double u, double v) { return std::abs(u) < std::abs(v); });
  const std::int64_t place = most - difference.values.begin();
  const Tensor u = tensor_of(a), v = tensor_of(b);
  const double rank = rank_correlation(u, v, Compared::magnitude),
               overlap = top_overlap(u, v, 0.1, Compared::magnitude);

  MapResult map;
  map.method = first.method == second.method
                   ? first.method + "." + first_name + "-vs-" + second_name
                   : first_name + "-vs-" + second_name;
  map.title = first.method == second.method
                  ? first.title + ": " + first_name + " against " + second_name
                  : first.title + " against " + second.title;
  map.values = tensor_of(difference);
  map.settings = differing(first.settings, second.settings);
  map.checks = {{"rank_correlation", rank_correlation(u, v)},
                {"magnitude_rank_correlation", rank},
                {"top_tenth_overlap", overlap},
                {"relative_l2", of_first > 0 ? std::sqrt(squares / of_first) : 0},
                {"part_most_at", {{"x", place % width}, {"y", place / width}}}};
  map.check_text =
      str("rank correlation of the magnitudes ", short_number(rank, 2), ", the top tenths share ",
          short_percent(overlap), ", they part most at x ", place % width, ", y ", place / width,
          why(map.settings, first_name, second_name));
  map.text = MethodText{
      "Each map's magnitudes as shares of their sum, in thousandths, and their difference: where "
      "two methods, or two conventions of one, do not look at the same.",
      "the first counts the pixel more", "the second does", kAdebayo};
  map.beside = {{first.values, first_name, "", first.drawing},
                {second.values, second_name, "", second.drawing}};
  map.seconds = first.seconds + second.seconds;
  return map;
}

}  // namespace backlight::tools
