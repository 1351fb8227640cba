from mediakit.cli.run import list_published


def test_folders_are_named_by_their_largest_file(tmp_path):
    sizes = {
        "transcript.json": 5,
        "render/tv_web/ep/ep.mp4": 90,
        "render/tv_web/ep/cover.jpg": 9,
        "render/app_hls/ep/master.m3u8": 1,
        "render/app_hls/ep/v1080/seg1.m4s": 50,
        "dist/index.json": 2,
        "dist/tv_web/id-1/bagit.txt": 1,
        "dist/tv_web/id-1/data/ep.mp4": 90,
    }
    paths = [tmp_path / name for name in sizes]
    for path, size in zip(paths, sizes.values(), strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * size)

    lines = list_published(paths, tmp_path)

    assert lines == [
        f"{tmp_path}/transcript.json",
        f"{tmp_path}/dist/index.json",
        f"{tmp_path}/dist/tv_web/id-1/data/ep.mp4  (and 1 more)",
        f"{tmp_path}/render/app_hls/ep/v1080/seg1.m4s  (and 1 more)",
        f"{tmp_path}/render/tv_web/ep/ep.mp4  (and 1 more)",
    ]
