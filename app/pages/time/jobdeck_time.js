// Times as a person reads them, and the one clock of the tab. NOTE: durations.py writes the same words in Python.

const MINUTE = 60, HOUR = 3600, DAY = 86400;
const pad = (number) => String(number).padStart(2, "0");

let skew = 0; // milliseconds the server is ahead of this browser
const listeners = new Set();
let interval = null;

// Learn the server's time (milliseconds). Differences below a second are the network's and would make figures tremble.
export function tell(serverNow) {
  const measured = serverNow - Date.now();
  if (Math.abs(measured - skew) > 1000) skew = measured;
}

export const now = () => Date.now() + skew;

// Call back once a second until the returned function is called; one interval serves the whole tab. While the page is cut off from its server
// (connection.js) times stand still: what they count may be over.
export function everySecond(callback) {
  listeners.add(callback);
  interval ??= setInterval(() => {
    if (!document.documentElement.hasAttribute("data-held")) listeners.forEach((listener) => listener());
  }, 1000);
  return () => {
    listeners.delete(callback);
    if (listeners.size) return;
    clearInterval(interval);
    interval = null;
  };
}

// Whole seconds, for figures that tick: "5 s", "1 min 05 s", "2 h 04 min", "3 d 02 h".
export function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < MINUTE) return `${whole} s`;
  if (whole < HOUR) return `${Math.floor(whole / MINUTE)} min ${pad(whole % MINUTE)} s`;
  if (whole < DAY) return `${Math.floor(whole / HOUR)} h ${pad(Math.floor((whole % HOUR) / MINUTE))} min`;
  return `${Math.floor(whole / DAY)} d ${pad(Math.floor((whole % DAY) / HOUR))} h`;
}

// The zone that the person chose (browser_zone.py); where they chose none, that of the browser.
const zone = () => document.documentElement.dataset.zone;

// "just now", "20 s ago", "2 min ago", "5 h ago", "3 d ago", then the date; for what is to come "in 13 min".
export function relative(at) {
  const seconds = (now() - at) / 1000;
  const distance = seconds < 0 ? Math.ceil(-seconds) : seconds;
  if (distance < 10 && seconds >= 0) return "just now";
  if (distance >= 7 * DAY) return day(at);
  const words =
    distance < MINUTE ? `${seconds < 0 ? distance : Math.floor(distance / 10) * 10} s`
    : distance < HOUR ? `${Math.floor(distance / MINUTE)} min`
    : distance < DAY ? `${Math.floor(distance / HOUR)} h`
    : `${Math.floor(distance / DAY)} d`;
  return seconds < 0 ? `in ${words}` : `${words} ago`;
}

const day = (at) => new Date(at).toLocaleDateString(undefined, { day: "numeric", month: "short", year: "numeric", timeZone: zone() });

const clocks = {}, exactly = {}; // by zone: to make a format takes far longer than to write a time with it, and logs have many lines

// The exact time in the person's zone, with the zone's name: for titles.
export function exact(at) {
  const there = zone();
  return (exactly[there] ??= new Intl.DateTimeFormat(undefined, {
    weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit",
    hour12: false, timeZoneName: "short", timeZone: there,
  })).format(new Date(at));
}

// "06:10:39", for log lines.
export function clock(at) {
  const time = new Date(at), there = zone();
  if (there) {
    const format = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZone: there };
    return (clocks[there] ??= new Intl.DateTimeFormat("en-GB", format)).format(time);
  }
  return `${pad(time.getHours())}:${pad(time.getMinutes())}:${pad(time.getSeconds())}`;
}
