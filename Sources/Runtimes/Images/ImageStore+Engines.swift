import Jobs
import Platform

extension ImageStore {
  /// Builds an image by a recipe and hands it to a container engine instead of keeping it; umoci is not needed for that.
  ///
  /// - Returns: what the recipe's author should know.
  /// - Throws: as `build`; `programFailed` also where the engine does not take it.
  public func build(
    _ recipe: ImageRecipe, file: String, folder: Folder, into engine: EngineRuntime, limits: ImageLimits = ImageLimits()
  ) throws(ImageFailure) -> [String] {
    var base: StoredImage?
    if let name = recipe.base {
      base = try find(name.text)
      if base == nil { throw .missing(name.text) }
    }
    return try working(limits) { (work, _) throws(ImageFailure) in
      let builder = try RootBuilder(recipe, file: file, folder: folder, base: base, in: work)
      let notes = try builder.build()
      let archive = try work.pack(builder.root)
      do throws(StartFailure) {
        try engine.take(archive, as: recipe.name.text, environment: builder.environment)
      } catch { throw .programFailed(engine.name, reason: error.reason) }
      return notes
    }
  }
}
