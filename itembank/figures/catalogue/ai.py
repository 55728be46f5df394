"""Words of the figures about scores, overlap and training."""

from itembank.figures import ai
from itembank.figures.figure import Bank, Figure, figure

R: Bank = "radiographer"


def ai_figures() -> list[Figure]:
    """All AI figures in the order of the catalogue."""
    return [*_scores(), *_models()]


def _scores() -> list[Figure]:
    return [
        figure(
            "ai-roc",
            R,
            ai.roc_curves,
            title=("Two classifiers", "两个分类器"),
            alt=(
                "Two rising curves, A solid and B dashed, above a dashed diagonal; axes 0 to 1.",
                "两条上升曲线（A 实线、B 虚线）位于虚线对角线上方；坐标 0 至 1。",
            ),
            note=(
                "Across: false positive rate; up: true positive rate.",
                "横轴：假阳性率；纵轴：真阳性率。",
            ),
            shows="Area under the curve: A 0.92, B 0.76.",
        ),
        figure(
            "ai-confusion",
            R,
            ai.confusion,
            title=("Result against truth, 1000 cases", "结果与真实情况，1000 例"),
            alt=(
                "Table with columns D+ and D-: row T+ 90 and 90, row T- 10 and 810.",
                "表格，列为 D+ 与 D-：T+ 行为 90 与 90，T- 行为 10 与 810。",
            ),
            note=("D: disease, T: test result.", "D：疾病，T：检测结果。"),
            shows="TP 90, FP 90, FN 10, TN 810: sensitivity 0.90, specificity 0.90, PPV 0.50.",
        ),
        figure(
            "ai-dice",
            R,
            ai.dice_overlay,
            title=("Two outlines", "两个轮廓"),
            alt=(
                "Two overlapping discs, A 1000 and B 1000 pixels; the overlap is 800.",
                "两个重叠的圆，A 与 B 各 1000 像素；重叠部分为 800。",
            ),
            note=(
                "A: physician, B: program; numbers are pixels.",
                "A：医师，B：程序；数字为像素数。",
            ),
            shows="Dice 0.80, IoU 0.667.",
        ),
        figure(
            "ai-threshold",
            R,
            ai.threshold,
            title=("Scores of two groups", "两组的评分分布"),
            alt=(
                "Two bell curves, D- and D+, over a score axis; a vertical line T at 1.",
                "评分轴上的两条钟形曲线 D- 与 D+；在 1 处有竖线 T。",
            ),
            note=(
                "D-: without, D+: with disease; a score above T is called positive.",
                "D-：无病，D+：有病；评分高于 T 判为阳性。",
            ),
            shows="Means 0 and 2, SD 1, threshold 1: sensitivity and specificity 0.84.",
        ),
    ]


def _models() -> list[Figure]:
    return [
        figure(
            "ai-learning-curve",
            R,
            ai.learning_curve,
            title=("Loss during training", "训练过程中的损失"),
            alt=(
                "Two curves of loss against epoch 0 to 100, A solid and B dashed.",
                "两条损失曲线随训练轮次（0 至 100）变化，A 实线、B 虚线。",
            ),
            note=(
                "Across: epoch; up: loss; A: training, B: validation.",
                "横轴：训练轮次；纵轴：损失；A：训练集，B：验证集。",
            ),
            shows="Overfitting: validation loss lowest near epoch 30, then rises.",
        ),
        figure(
            "ai-calibration",
            R,
            ai.calibration,
            title=("Stated and observed probability", "预测概率与实际频率"),
            alt=(
                "Ten joined points and a dashed diagonal; axes 0 to 1.",
                "十个相连的点和一条虚线对角线；坐标 0 至 1。",
            ),
            note=(
                "Across: probability stated by the model; up: observed rate.",
                "横轴：模型给出的概率；纵轴：实际发生率。",
            ),
            shows="Over-confident: 0.90 stated, 0.65 observed.",
        ),
    ]
