#include "xai/segmentation/segments.h"

#include <algorithm>

namespace backlight {

std::int64_t count_segments(const Tensor& segments) {
  require(segments.rank() == 2 && segments.dtype() == DType::i32 && segments.numel() > 0,
          "segments are an int32 [H,W], not a ", name_of(segments.dtype()), " of ",
          segments.shape());
  const std::int32_t* number = segments.data<std::int32_t>();
  const auto [least, most] = std::minmax_element(number, number + segments.numel());
  require(*least >= 0, "segments are numbered from 0, but one has the number ", *least);
  require(*most < segments.numel(), "segments are numbered without gaps, but one of ",
          segments.numel(), " pixels has the number ", *most);
  std::vector<bool> is_there(static_cast<std::size_t>(*most) + 1);
  for (std::int64_t i = 0; i < segments.numel(); ++i)
    is_there[static_cast<std::size_t>(number[i])] = true;
  const auto missing = std::find(is_there.begin(), is_there.end(), false);
  require(missing == is_there.end(), "segments are numbered without gaps, but no pixel has ",
          missing - is_there.begin());
  return *most + 1;
}

Tensor spread_over_segments(const std::vector<double>& values, const Tensor& segments,
                            DType dtype) {
  const std::int64_t count = count_segments(segments);
  require(static_cast<std::int64_t>(values.size()) == count, values.size(), " values do not fit ",
          count, " segments");
  Tensor map(segments.shape(), DType::f64);
  const std::int32_t* number = segments.data<std::int32_t>();
  double* out = map.mutable_data<double>();
  for (std::int64_t i = 0; i < map.numel(); ++i)
    out[i] = values[static_cast<std::size_t>(number[i])];
  return map.to(dtype);
}

}  // namespace backlight
