/** Two soft notes when somebody answers, for those who asked for it. */

const NOTES = [659, 880];

let context: AudioContext | null = null;

export async function play(): Promise<void> {
  const { destination } = (context ??= new AudioContext());
  await context.resume();
  for (const [place, pitch] of NOTES.entries()) {
    const [tone, volume] = [context.createOscillator(), context.createGain()];
    const start = context.currentTime + place * 0.12;
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.08, start);
    volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.3);
    tone.connect(volume).connect(destination);
    tone.start(start);
    tone.stop(start + 0.3);
  }
}
