import { services } from "$lib/server/services";
import type { LayoutServerLoad } from "./$types";

export const load: LayoutServerLoad = () => ({ inMemory: services().storage.inMemory });
