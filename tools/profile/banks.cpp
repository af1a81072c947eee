#include "tools/profile/banks.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace backlight::tools {
namespace {

int lanes_together(std::uint32_t size) { return size <= 4 ? 32 : size <= 8 ? 16 : 8; }

BankPicture picture_of(const SharedRequest& request, int first, int last) {
  std::map<std::uint32_t, std::vector<int>> words;
  for (int lane = first; lane <= last; ++lane) {
    if (!(request.lanes >> lane & 1)) continue;
    const std::uint32_t offset = request.offsets[static_cast<std::size_t>(lane)];
    for (std::uint32_t w = offset / kWordBytes; w <= (offset + request.size - 1) / kWordBytes; ++w)
      words[w].push_back(lane);
  }
  BankPicture picture{first, last, {}, {}};
  for (auto& [word, lanes] : words) {
    picture.words.push_back({word, std::move(lanes)});
    ++picture.in_bank[word % kBanks];
  }
  return picture;
}

template <typename F>
SharedRequest moved(SharedRequest request, const F& f) {
  for (std::uint32_t& offset : request.offsets) offset = f(offset);
  count_passes(request);
  return request;
}

}  // namespace

int BankPicture::passes() const { return *std::max_element(in_bank.begin(), in_bank.end()); }

BankPicture busiest_group(const SharedRequest& request) {
  const int together = lanes_together(request.size);
  BankPicture busiest;
  for (int first = 0; first < 32; first += together) {
    BankPicture picture = picture_of(request, first, first + together - 1);
    if (first == 0 || picture.passes() > busiest.passes()) busiest = std::move(picture);
  }
  return busiest;
}

void count_passes(SharedRequest& request) {
  const int together = lanes_together(request.size);
  request.wavefronts = request.ideal_wavefronts = 0;
  for (int first = 0; first < 32; first += together) {
    const BankPicture picture = picture_of(request, first, first + together - 1);
    request.wavefronts += static_cast<std::uint64_t>(picture.passes());
    request.ideal_wavefronts += (picture.words.size() + kBanks - 1) / kBanks;
  }
}

SharedRequest swizzled(const SharedRequest& request) {
  return moved(request,
               [](std::uint32_t offset) { return offset ^ (offset / kRowBytes % 8 * 16); });
}

std::optional<SharedRequest> padded(const SharedRequest& request) {
  std::uint32_t lowest = UINT32_MAX, pitch = 0;
  for (std::size_t lane = 0; lane < 32; ++lane)
    if (request.lanes >> lane & 1) lowest = std::min(lowest, request.offsets[lane]);
  for (std::size_t lane = 0; lane < 32; ++lane)
    if (request.lanes >> lane & 1) pitch = std::gcd(pitch, request.offsets[lane] - lowest);
  const std::uint32_t element = std::max(request.size, kWordBytes);
  if (pitch <= element) return std::nullopt;
  return moved(request, [&](std::uint32_t offset) {
    return offset < lowest ? offset : offset + (offset - lowest) / pitch * element;
  });
}

std::optional<OtherLayout> other_layout(const SharedRequest& request) {
  const SharedRequest swapped = swizzled(request);
  if (request.conflicts() == 0) {
    if (swapped.conflicts() == 0) return std::nullopt;
    return OtherLayout{"without its swizzle", swapped};
  }
  std::optional<OtherLayout> best;
  if (swapped.wavefronts < request.wavefronts) best = {"with a swizzle", swapped};
  const std::optional<SharedRequest> with_padding = padded(request);
  if (with_padding && with_padding->wavefronts < (best ? best->request : request).wavefronts)
    best = {"with padded rows", *with_padding};
  return best;
}

}  // namespace backlight::tools
