#include "tests/xai/naive_network.h"

#include <algorithm>
#include <cmath>

namespace backlight::testing {
namespace {

Naive value(int h, int w, int c) { return std::make_shared<NaiveValue>(h, w, c); }

Naive like(const Naive& in) { return value(in->height, in->width, in->channels); }

double weight_at(const Tensor& weight, int o, int i, int j, int c) {
  return weight.at(((o * weight.dim(1) + i) * weight.dim(2) + j) * weight.dim(3) + c);
}

// Where the window at (p, q) has its first maximum.
std::size_t place_of_maximum(const NaiveValue& in, const std::vector<double>& values, int p, int q,
                             int c, int window, int stride) {
  std::size_t best = in.at(p * stride, q * stride, c);
  for (int i = 0; i < window; ++i)
    for (int j = 0; j < window; ++j) {
      const std::size_t at = in.at(p * stride + i, q * stride + j, c);
      if (values[at] > values[best]) best = at;
    }
  return best;
}

}  // namespace

NaiveRule rescale_with(std::function<double(double b)> slope) {
  return [slope](double g, double x, double yx, double b, double yb) {
    return x == b ? g * slope(b) : g * (yx - yb) / (x - b);
  };
}

Naive NaiveNetwork::input(const Tensor& x, const Tensor& baseline) {
  const Naive in =
      value(static_cast<int>(x.dim(1)), static_cast<int>(x.dim(2)), static_cast<int>(x.dim(3)));
  for (std::size_t i = 0; i < in->size(); ++i) {
    in->x[i] = x.at(static_cast<std::int64_t>(i));
    in->b[i] = baseline.at(static_cast<std::int64_t>(i));
  }
  return in;
}

Naive NaiveNetwork::conv(const Naive& in, const Tensor& weight, const Tensor& bias, int stride,
                         int padding) {
  const int outputs = static_cast<int>(weight.dim(0)), kh = static_cast<int>(weight.dim(1)),
            kw = static_cast<int>(weight.dim(2));
  const Naive out = value((in->height + 2 * padding - kh) / stride + 1,
                          (in->width + 2 * padding - kw) / stride + 1, outputs);
  // Calls f(place in the output, place in the input, weight) for every product.
  const auto for_products = [=](const auto& f) {
    for (int p = 0; p < out->height; ++p)
      for (int q = 0; q < out->width; ++q)
        for (int o = 0; o < outputs; ++o)
          for (int i = 0; i < kh; ++i)
            for (int j = 0; j < kw; ++j) {
              const int row = p * stride + i - padding, column = q * stride + j - padding;
              if (row < 0 || row >= in->height || column < 0 || column >= in->width) continue;
              for (int c = 0; c < in->channels; ++c)
                f(out->at(p, q, o), in->at(row, column, c), weight_at(weight, o, i, j, c));
            }
  };
  for (std::size_t i = 0; i < out->size() && bias.defined(); ++i)
    out->x[i] = out->b[i] = bias.at(static_cast<std::int64_t>(i) % outputs);
  for_products([&](std::size_t to, std::size_t from, double w) {
    out->x[to] += w * in->x[from];
    out->b[to] += w * in->b[from];
  });
  tape_.push_back([=] {
    for_products(
        [&](std::size_t to, std::size_t from, double w) { in->back[from] += w * out->back[to]; });
  });
  return out;
}

Naive NaiveNetwork::batch_norm(const Naive& in, const Tensor& mean, const Tensor& variance,
                               const Tensor& gamma, const Tensor& beta) {
  const Naive out = like(in);
  const auto scale = [=](std::size_t i) {
    const std::int64_t c = static_cast<std::int64_t>(i) % in->channels;
    return gamma.at(c) / std::sqrt(variance.at(c) + 1e-5);
  };
  for (std::size_t i = 0; i < in->size(); ++i) {
    const std::int64_t c = static_cast<std::int64_t>(i) % in->channels;
    out->x[i] = (in->x[i] - mean.at(c)) * scale(i) + beta.at(c);
    out->b[i] = (in->b[i] - mean.at(c)) * scale(i) + beta.at(c);
  }
  tape_.push_back([=] {
    for (std::size_t i = 0; i < in->size(); ++i) in->back[i] += scale(i) * out->back[i];
  });
  return out;
}

Naive NaiveNetwork::function(const Naive& in, const std::function<double(double)>& f,
                             const NaiveRule& rule) {
  const Naive out = like(in);
  for (std::size_t i = 0; i < in->size(); ++i) {
    out->x[i] = f(in->x[i]);
    out->b[i] = f(in->b[i]);
  }
  tape_.push_back([=] {
    for (std::size_t i = 0; i < in->size(); ++i)
      in->back[i] += rule(out->back[i], in->x[i], out->x[i], in->b[i], out->b[i]);
  });
  return out;
}

Naive NaiveNetwork::relu(const Naive& in) {
  return function(
      in, [](double v) { return v > 0 ? v : 0; }, relu_rule_);
}

Naive NaiveNetwork::sigmoid(const Naive& in) {
  const auto f = [](double v) { return 1 / (1 + std::exp(-v)); };
  return function(in, f, rescale_with([=](double v) { return f(v) * (1 - f(v)); }));
}

Naive NaiveNetwork::max_pool(const Naive& in, int window, int stride) {
  const Naive out =
      value((in->height - window) / stride + 1, (in->width - window) / stride + 1, in->channels);
  std::vector<std::size_t> of_x(out->size()), of_b(out->size());
  for (int p = 0; p < out->height; ++p)
    for (int q = 0; q < out->width; ++q)
      for (int c = 0; c < out->channels; ++c) {
        const std::size_t at = out->at(p, q, c);
        of_x[at] = place_of_maximum(*in, in->x, p, q, c, window, stride);
        of_b[at] = place_of_maximum(*in, in->b, p, q, c, window, stride);
        out->x[at] = in->x[of_x[at]];
        out->b[at] = in->b[of_b[at]];
      }
  tape_.push_back([=] {
    for (std::size_t at = 0; at < out->size(); ++at) {
      const double g = out->back[at], larger = std::max(out->x[at], out->b[at]);
      const double dx = in->x[of_x[at]] - in->b[of_x[at]], db = in->x[of_b[at]] - in->b[of_b[at]];
      if (dx != 0) in->back[of_x[at]] += g * (larger - out->b[at]) / dx;
      // The gradient at the baseline where nothing changed.
      in->back[of_b[at]] += db != 0 ? g * (out->x[at] - larger) / db : g;
    }
  });
  return out;
}

Naive NaiveNetwork::linear(const Naive& in, const Tensor& weight, const Tensor& bias) {
  const int outputs = static_cast<int>(weight.dim(0)), inputs = static_cast<int>(in->size());
  const Naive out = value(1, 1, outputs);
  for (int o = 0; o < outputs; ++o) {
    const auto to = static_cast<std::size_t>(o);
    out->x[to] = out->b[to] = bias.at(o);
    for (int i = 0; i < inputs; ++i) {
      out->x[to] += weight.at(o * inputs + i) * in->x[static_cast<std::size_t>(i)];
      out->b[to] += weight.at(o * inputs + i) * in->b[static_cast<std::size_t>(i)];
    }
  }
  tape_.push_back([=] {
    for (int o = 0; o < outputs; ++o)
      for (int i = 0; i < inputs; ++i)
        in->back[static_cast<std::size_t>(i)] +=
            weight.at(o * inputs + i) * out->back[static_cast<std::size_t>(o)];
  });
  return out;
}

Naive NaiveNetwork::add(const Naive& u, const Naive& v) {
  const Naive out = like(u);
  for (std::size_t i = 0; i < u->size(); ++i) {
    out->x[i] = u->x[i] + v->x[i];
    out->b[i] = u->b[i] + v->b[i];
  }
  tape_.push_back([=] {
    for (std::size_t i = 0; i < u->size(); ++i) {
      u->back[i] += out->back[i];
      v->back[i] += out->back[i];
    }
  });
  return out;
}

// The two orders of change, averaged: u first and then v, or v first.
Naive NaiveNetwork::multiply(const Naive& u, const Naive& v) {
  const Naive out = like(u);
  for (std::size_t i = 0; i < u->size(); ++i) {
    out->x[i] = u->x[i] * v->x[i];
    out->b[i] = u->b[i] * v->b[i];
  }
  tape_.push_back([=] {
    for (std::size_t i = 0; i < u->size(); ++i) {
      u->back[i] += (out->back[i] * v->b[i] + out->back[i] * v->x[i]) / 2;
      v->back[i] += (out->back[i] * u->b[i] + out->back[i] * u->x[i]) / 2;
    }
  });
  return out;
}

Tensor NaiveNetwork::back(const Naive& output, int target, const Naive& to) {
  output->back[static_cast<std::size_t>(target)] = 1;
  std::for_each(tape_.rbegin(), tape_.rend(), [](const auto& step) { step(); });
  return Tensor::from(to->back, {1, to->height, to->width, to->channels});
}

}  // namespace backlight::testing
