export function onDesk(p) {}
