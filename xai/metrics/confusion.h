// The confusion matrix: what a classifier takes the photos of each class for.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace backlight {

// Photos of one class taken for another.
struct Confused {
  std::int64_t label = 0, predicted = 0, count = 0;
  double share = 0;  // of the label's photos
};

// n[i][j] photos of class i were taken for class j.
class Confusion {
 public:
  explicit Confusion(std::int64_t classes);

  // Errors: a class that does not exist.
  void add(std::int64_t label, std::int64_t predicted);

  std::int64_t classes() const { return classes_; }
  std::int64_t count(std::int64_t label, std::int64_t predicted) const;
  std::int64_t of_label(std::int64_t label) const;           // sum_j n[label][j]
  std::int64_t of_prediction(std::int64_t predicted) const;  // sum_i n[i][predicted]
  std::int64_t total() const;

  // n[label][predicted] / of_label: the matrix normalised over the true label. A class without
  // photos has none.
  std::optional<double> share(std::int64_t label, std::int64_t predicted) const;
  // sum_i n[i][i] / total; nothing without photos.
  std::optional<double> accuracy() const;
  // n[c][c] / of_prediction(c): how often it is right where it says c; nothing if it never does.
  std::optional<double> precision(std::int64_t c) const;
  // n[c][c] / of_label(c): how many of class c it finds.
  std::optional<double> recall(std::int64_t c) const { return share(c, c); }

  // The pairs of different classes with the largest share, at most `most` of them, only those that
  // occur; equal shares by count, then in the order of the classes.
  std::vector<Confused> most_confused(std::size_t most) const;

 private:
  std::int64_t classes_;
  std::vector<std::int64_t> counts_;
};

}  // namespace backlight
