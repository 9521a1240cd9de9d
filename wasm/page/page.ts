// The citizen's page is the desk alone; index.html's policy lets it send nothing.
import { open } from "./desk.js";

open();
