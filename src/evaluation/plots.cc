#include "evaluation/plots.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/text.h"
#include "evaluation/bitmap_font.h"

namespace greenroom {
namespace {

constexpr size_t kMaxLabels = 100, kMaxLabelLength = 32;
constexpr int kMargin = 20, kTitle = 40, kMinCell = 12, kMaxCell = 36, kMatrixSide = 900;
constexpr int kBars = 20, kBarHeight = 20, kHalf = 300, kAxis = 60;
constexpr Colour kInk = {40, 40, 40}, kGrid = {225, 225, 225}, kWhite = {255, 255, 255};
constexpr Colour kRight = {31, 119, 90}, kWrong = {200, 70, 60};

std::string Short(const std::string& label) {
  const std::u32string points = DecodeUtf8(label);
  if (points.size() <= kMaxLabelLength) return label;
  return EncodeUtf8(points.substr(0, kMaxLabelLength - 2)) + "..";
}

// The labels that were mistaken most, in the order of the matrix.
std::vector<size_t> ShownLabels(const ConfusionMatrix& matrix) {
  const size_t count = matrix.labels.size();
  std::vector<size_t> order(count), mistakes(count, 0);
  std::iota(order.begin(), order.end(), 0);
  if (count <= kMaxLabels) return order;
  for (size_t row = 0; row < count; ++row) {
    for (size_t column = 0; column < count; ++column) {
      if (row == column) continue;
      mistakes[row] += matrix.cells[row][column];
      mistakes[column] += matrix.cells[row][column];
    }
  }
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return mistakes[a] > mistakes[b]; });
  order.resize(kMaxLabels);
  std::sort(order.begin(), order.end());
  return order;
}

// From white to dark blue; few hits must be seen beside many.
Colour Shade(size_t count, size_t most) {
  const double share = most > 0 ? std::sqrt(static_cast<double>(count) / static_cast<double>(most)) : 0;
  const auto mix = [&](int light, int dark) { return static_cast<uint8_t>(light + (dark - light) * share); };
  return {mix(245, 8), mix(249, 48), mix(253, 107)};
}

class MatrixPlot {
 public:
  MatrixPlot(const ConfusionMatrix& matrix, const std::string& title)
      : matrix_(matrix), shown_(ShownLabels(matrix)), drawing_(Layout()) {
    const bool all = shown_.size() == matrix.labels.size();
    Write({kMargin, kMargin / 2, all ? title : title + " (labels with most mistakes)"}, 2);
  }

  Drawing Draw() {
    for (size_t row = 0; row < shown_.size(); ++row) {
      for (size_t column = 0; column < shown_.size(); ++column) DrawCell(row, column);
      const std::string label = Short(matrix_.labels[shown_[row]]);
      const int middle = static_cast<int>(row) * cell_ + cell_ / 2 - 3;
      Write({left_ - 6, kTitle + middle, label, Drawing::Anchor::kEnd}, 1);
      Drawing::Text below{left_ + middle, bottom_ + 6, label, Drawing::Anchor::kEnd};
      below.upright = true;
      Write(below, 1);
    }
    Write({left_, drawing_.height() - kMargin, "rows: true label, columns: predicted label"}, 1);
    return drawing_;
  }

 private:
  Drawing Layout() {
    size_t longest = 1;
    for (const size_t label : shown_) longest = std::max(longest, CodePointCount(Short(matrix_.labels[label])));
    const int count = std::max(1, static_cast<int>(shown_.size()));
    cell_ = std::clamp(kMatrixSide / count, kMinCell, kMaxCell);
    const int labels = static_cast<int>(longest) * kGlyphAdvance + kMargin;
    left_ = kMargin + labels;
    bottom_ = kTitle + count * cell_;
    for (const size_t row : shown_) {
      for (const size_t column : shown_) most_ = std::max(most_, matrix_.cells[row][column]);
    }
    return {std::max(left_ + count * cell_ + kMargin, 560), bottom_ + labels + 2 * kMargin};
  }

  void DrawCell(size_t row, size_t column) {
    const size_t count = matrix_.cells[shown_[row]][shown_[column]];
    const int x = left_ + static_cast<int>(column) * cell_, y = kTitle + static_cast<int>(row) * cell_;
    drawing_.Add(Drawing::Box{x, y, cell_ - 1, cell_ - 1, Shade(count, most_)});
    const std::string text = std::to_string(count);
    if (count == 0 || static_cast<int>(text.size()) * kGlyphAdvance > cell_) return;
    Drawing::Text inside{x + cell_ / 2, y + cell_ / 2 - 4, text, Drawing::Anchor::kMiddle};
    inside.colour = count * 4 > most_ ? kWhite : kInk;
    drawing_.Add(inside);
  }

  void Write(Drawing::Text text, int scale) {
    text.scale = scale;
    text.colour = kInk;
    drawing_.Add(std::move(text));
  }

  const ConfusionMatrix& matrix_;
  std::vector<size_t> shown_;
  int cell_ = 0, left_ = 0, bottom_ = 0;
  size_t most_ = 0;
  Drawing drawing_;  // laid out from all of the above
};

std::vector<size_t> CountsOf(const std::vector<double>& confidences) {
  std::vector<size_t> counts(kBars, 0);
  for (const double confidence : confidences)
    ++counts[static_cast<size_t>(std::clamp(static_cast<int>(confidence * kBars), 0, kBars - 1))];
  return counts;
}

Drawing::Text InkText(int x, int y, std::string text, Drawing::Anchor anchor) {
  Drawing::Text written{x, y, std::move(text), anchor};
  written.colour = kInk;
  return written;
}

// One bar outwards from the middle with its count at the end.
void AddBar(Drawing& drawing, int y, bool to_the_right, size_t count, size_t most) {
  const int length =
      most > 0 ? static_cast<int>(static_cast<double>(count) / static_cast<double>(most) * (kHalf - 50)) : 0;
  const int middle = kMargin + kHalf, gap = kAxis / 2;
  const int x = to_the_right ? middle + gap : middle - gap - length;
  drawing.Add(Drawing::Box{x, y + 1, length, kBarHeight - 2, to_the_right ? kRight : kWrong});
  if (count == 0) return;
  drawing.Add(InkText(to_the_right ? x + length + 4 : x - 4, y + 6, std::to_string(count),
                      to_the_right ? Drawing::Anchor::kStart : Drawing::Anchor::kEnd));
}

}  // namespace

Drawing DrawConfusionMatrix(const ConfusionMatrix& matrix, const std::string& title) {
  return MatrixPlot(matrix, title).Draw();
}

Drawing DrawHistogram(const ConfidenceHistogram& histogram, const std::string& title) {
  Drawing drawing(2 * (kMargin + kHalf), kTitle + kBars * kBarHeight + 4 * kMargin);
  const std::vector<size_t> right = CountsOf(histogram.right), wrong = CountsOf(histogram.wrong);
  const size_t most =
      std::max(*std::max_element(right.begin(), right.end()), *std::max_element(wrong.begin(), wrong.end()));
  const int middle = kMargin + kHalf, top = kTitle + kMargin;
  Drawing::Text heading = InkText(middle, kMargin / 2, title, Drawing::Anchor::kMiddle);
  drawing.Add(std::move(heading));
  drawing.Add(InkText(middle - kAxis, kTitle, "wrong", Drawing::Anchor::kEnd));
  drawing.Add(InkText(middle + kAxis, kTitle, "correct", Drawing::Anchor::kStart));
  for (int bar = 0; bar < kBars; ++bar) {
    const int y = top + (kBars - 1 - bar) * kBarHeight;
    drawing.Add(Drawing::Box{kMargin, y, 2 * kHalf, 1, kGrid});
    AddBar(drawing, y, true, right[static_cast<size_t>(bar)], most);
    AddBar(drawing, y, false, wrong[static_cast<size_t>(bar)], most);
    const std::string percent = std::to_string(bar * 100 / kBars) + "%";
    drawing.Add(InkText(middle, y + kBarHeight - 7, percent, Drawing::Anchor::kMiddle));
  }
  drawing.Add(InkText(middle, top + kBars * kBarHeight + kMargin, "confidence", Drawing::Anchor::kMiddle));
  return drawing;
}

}  // namespace greenroom
