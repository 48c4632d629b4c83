#!/usr/bin/env bash
# Makes the looped test media that `sluice join` publishes: packages/cli/assets/test.{ivf,h264,ogg}.
# Run by hand, and only to change them: encoders differ from release to release. Made with ffmpeg 5.1 (libvpx 1.12, x264 164,
# libopus 1.3) and the font DejaVu Sans Mono.
set -eu
cd "$(dirname "$0")/../packages/cli/assets"
ffmpeg() { command ffmpeg -hide_banner -loglevel error -nostdin -y "$@"; }

# 4 s of 640x360 at 24 frames/s. A key frame every second, because a file cannot answer a request for one.
counter="drawtext=font=DejaVu Sans Mono:text='%{n}':x=w-tw-24:y=h-th-20:fontsize=64:fontcolor=white:box=1:boxcolor=black@0.6:boxborderw=10"
picture=(-f lavfi -i "testsrc2=size=640x360:rate=24:duration=4,$counter" -pix_fmt yuv420p -map_metadata -1 -fflags +bitexact -flags +bitexact)

# -auto-alt-ref 0: an alternate reference frame is never shown, and would be a frame without a time of its own.
ffmpeg "${picture[@]}" -c:v libvpx -b:v 500k -minrate 500k -maxrate 500k -bufsize 250k -deadline good -cpu-used 0 \
  -g 24 -keyint_min 24 -auto-alt-ref 0 -lag-in-frames 0 -error-resilient 1 -threads 1 -f ivf test.ivf

# Constrained Baseline, level 3.1: one slice per frame, parameter sets before every key frame, no SEI with the encoder's options.
ffmpeg "${picture[@]}" -c:v libx264 -profile:v baseline -level 3.1 -preset veryslow -b:v 500k -maxrate 500k -bufsize 250k \
  -x264-params keyint=24:min-keyint=24:scenecut=0:bframes=0:repeat-headers=1:threads=1:slices=1 \
  -bsf:v filter_units=remove_types=6 -f h264 test.h264

# Four notes of one second that swell from silence and back, so that the loop's ends meet without a click. 20 ms frames.
ffmpeg -f lavfi -i "aevalsrc='0.2*pow(sin(PI*t),2)*sin(2*PI*t*(440*eq(floor(t),0)+550*eq(floor(t),1)+660*eq(floor(t),2)+550*gte(t,3)))':s=48000:d=4" \
  -map_metadata -1 -fflags +bitexact -flags +bitexact -c:a libopus -b:a 32k -vbr on -application audio -frame_duration 20 -ac 1 -f ogg test.ogg

ls -l test.*
