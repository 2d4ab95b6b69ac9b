export { create } from "./create.js";
export { deleteOne } from "./delete.js";
export { deleteAll } from "./delete-all.js";
export { deleteExact } from "./delete-exact.js";
export { getWithUser } from "./get-with-user.js";
export { count, list } from "./list.js";
export { patch } from "./patch.js";
export { update } from "./update.js";
