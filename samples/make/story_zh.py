"""The Mandarin story: what is said, by whom, in which order, and the silences between.

Everyone and every place named here is invented. Numbers agree with each other:
12 km a night, 200 nights a year, 20 years = 48,000 km; 1,760 sleepers a kilometre.
"""

from beats import Beat, Line, Natural, Speaker

TITLE = "夜行十二公里"
SUBTITLE = "微纪录片 · 守夜人"
HOST = "主持人"
WORKER = "沈秋岚"

SPEAKERS = {
    HOST: Speaker(pitch=0.80, timbre=0.90, speed=0.95),
    WORKER: Speaker(pitch=1.0, timbre=1.0, speed=0.95),
}

BEATS: list[Beat] = [
    Natural("rain", 4.4, "雨声，远处的风"),
    Line(HOST, "凌晨两点，云岭的雨还没有停。", after=0.3),
    Line(HOST, "一年里有两百个晚上，她都走在这条铁路上。", after=0.75),
    Line(WORKER, "我叫沈秋岚，是云岭工务段的巡道工长。", after=0.3),
    Line(WORKER, "2006年上班，今年是第二十年。", after=0.5),
    Natural("hammer", 3.8, "碎石上的脚步声，小锤敲击钢轨"),
    Line(HOST, "从三号桥到青石关隧道，十二公里，两万一千根轨枕，她一处一处地敲过去。", after=0.7),
    Line(WORKER, "好的钢轨，声音清脆，有了裂纹，声音就发闷。", after=0.3),
    Line(WORKER, "手电照不到的地方，要靠耳朵。", after=0.75),
    Line(HOST, "2019年夏天，一场暴雨掏空了路基。", after=0.3),
    Line(HOST, "再过四十分钟，就有一趟客车要从这里经过。", after=0.75),
    Line(WORKER, "我一边跑，一边举着红灯。", after=0.3),
    Line(WORKER, "车停下来的时候，离我只有八十米，车上六百多个人，都在睡觉。", after=0.4),
    Natural("train", 4.6, "列车驶过"),
    Line(HOST, "二十年，她走过的路加起来有四万八千公里，没有漏过一处险情。", after=0.75),
    Line(WORKER, "天一亮，头班车开过去，我喝口热茶，就可以下班了。", after=0.3),
    Natural("dawn", 6.0, "清晨的鸟鸣，远去的列车"),
]

# Where each paragraph of script.txt ends is where the speaker changes or nature speaks.
SPOKEN_AS = {"2006年": "二零零六年", "2019年": "二零一九年"}
